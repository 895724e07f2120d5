/* Crops of SiamMixer in integers: see siammixer_track.h. */
#include "siammixer_track.h"

#define STEP_BITS 16
#define BLEND_BITS 8

/* value / 2**bits, rounded down: C leaves open what a right shift of a negative number gives. */
static int64_t floor_shift(int64_t value, int bits)
{
    return value >= 0 ? value >> bits : -((-value + ((int64_t)1 << bits) - 1) >> bits);
}

/* A position in 1/256 pixel, half up, of one in 1/65536. */
static int64_t rounded(int64_t position)
{
    return floor_shift(position + (1 << (STEP_BITS - BLEND_BITS - 1)), STEP_BITS - BLEND_BITS);
}

void siammixer_mean_colour(const uint8_t *image, uint32_t width, uint32_t height, uint8_t colour[3])
{
    uint64_t sums[3] = {0, 0, 0};
    uint32_t i, channel, pixels = width * height;

    for (i = 0; i < pixels; i++)
        for (channel = 0; channel < 3; channel++)
            sums[channel] += *image++;
    for (channel = 0; channel < 3; channel++)
        colour[channel] = (uint8_t)((sums[channel] + pixels / 2u) / pixels);
}

static const uint8_t *pixel(const uint8_t *image, int32_t width, int32_t height, int64_t row, int64_t column,
                            const uint8_t *fill)
{
    if (row < 0 || column < 0 || row >= height || column >= width)
        return fill;
    return image + 3 * (row * width + column);
}

void siammixer_crop(const uint8_t *image, int32_t width, int32_t height,
                    const struct siammixer_window *window, const uint8_t fill[3], uint8_t *crop)
{
    const uint32_t unit = 1u << BLEND_BITS;
    int64_t reach = (int64_t)(window->side - 1) * window->step >> 1;
    int64_t left = (int64_t)window->x * 256 - (1 << (STEP_BITS - 1)) - reach;
    int64_t top = (int64_t)window->y * 256 - (1 << (STEP_BITS - 1)) - reach;
    int32_t row, column;
    int channel;

    for (row = 0; row < window->side; row++) {
        int64_t y = rounded(top + (int64_t)row * window->step), line = floor_shift(y, BLEND_BITS);
        uint32_t down = (uint32_t)(y - line * (int64_t)unit);

        for (column = 0; column < window->side; column++) {
            int64_t x = rounded(left + (int64_t)column * window->step);
            int64_t place = floor_shift(x, BLEND_BITS);
            uint32_t across = (uint32_t)(x - place * (int64_t)unit);
            const uint8_t *a = pixel(image, width, height, line, place, fill);
            const uint8_t *b = pixel(image, width, height, line, place + 1, fill);
            const uint8_t *c = pixel(image, width, height, line + 1, place, fill);
            const uint8_t *d = pixel(image, width, height, line + 1, place + 1, fill);

            for (channel = 0; channel < 3; channel++) {
                uint32_t upper = a[channel] * (unit - across) + b[channel] * across;
                uint32_t lower = c[channel] * (unit - across) + d[channel] * across;
                uint32_t blend = upper * (unit - down) + lower * down;

                *crop++ = (uint8_t)((blend + (1u << (2 * BLEND_BITS - 1))) >> (2 * BLEND_BITS));
            }
        }
    }
}

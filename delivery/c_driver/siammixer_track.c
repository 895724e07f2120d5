/* The tracker of SiamMixer in integers: see siammixer_track.h. */
#include "siammixer_track.h"

#include "siammixer_tables.h"

#define LOG_BITS 16
#define PROBABILITY_BITS 15
#define SHARE_BITS 8
#define CENTRE_BITS 8
#define STEP_BITS 16
#define TABLE_BITS 8
#define CELL_UNIT (256 / SIAMMIXER_STEPS_PER_CELL)
#define OCTAVE_UNIT (65536 / SIAMMIXER_STEPS_PER_OCTAVE)

enum { SCORE, X, Y, WIDTH, HEIGHT };
enum look { NEAR, BESIDE, AGAIN };

const struct siammixer_settings siammixer_settings = SIAMMIXER_SETTINGS;

struct target {
    int32_t x, y, width, height;
};

struct vote {
    int32_t x, y, width, height;
};

/* C leaves open what a right shift of a negative number gives. */
static int64_t floor_shift(int64_t value, int bits)
{
    return value >= 0 ? value >> bits : -((-value + ((int64_t)1 << bits) - 1) >> bits);
}

/* value / 2**bits, half up; a negative bits multiplies. */
static int64_t shifted(int64_t value, int bits)
{
    if (bits <= 0)
        return value * ((int64_t)1 << -bits);
    return floor_shift(value + ((int64_t)1 << (bits - 1)), bits);
}

/* The quotient to the nearest integer, half up; the denominator is positive. */
static int64_t quotient(int64_t numerator, int64_t denominator)
{
    int64_t twice = 2 * numerator + denominator, whole = 2 * denominator;

    return twice >= 0 ? twice / whole : -((-twice + whole - 1) / whole);
}

static int32_t interpolated(const int32_t *table, int32_t fraction)
{
    int32_t index = fraction >> (LOG_BITS - TABLE_BITS), part = fraction & ((1 << (LOG_BITS - TABLE_BITS)) - 1);

    return table[index] + ((table[index + 1] - table[index]) * part >> (LOG_BITS - TABLE_BITS));
}

static int32_t logarithm(int64_t value)
{
    int whole = 0;

    while (value >> (whole + 1))
        whole++;
    return (int32_t)(whole << LOG_BITS) +
           interpolated(siammixer_logarithms, (int32_t)((value << LOG_BITS >> whole) - (1 << LOG_BITS)));
}

static int64_t scaled(int64_t value, int32_t log)
{
    int32_t whole = (int32_t)floor_shift(log, LOG_BITS), fraction = log - whole * (1 << LOG_BITS);

    return shifted(value * interpolated(siammixer_powers, fraction), LOG_BITS - whole);
}

static uint64_t square_root(uint64_t value)
{
    uint64_t root = 0, bit = (uint64_t)1 << 62;

    while (bit > value)
        bit >>= 2;
    for (; bit; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

static struct siammixer_window window_at(const struct siammixer_network *network, int32_t x, int32_t y,
                                         int32_t width, int32_t height, int32_t side)
{
    struct siammixer_window window;
    uint64_t product = (uint64_t)(3 * (int64_t)width + height) * (uint64_t)(width + 3 * (int64_t)height);
    uint64_t context = square_root(product) / 2u;
    uint64_t step = ((context << (STEP_BITS - CENTRE_BITS + 1)) / network->exemplar_side + 1u) >> 1;

    window.x = x;
    window.y = y;
    window.step = step ? (int32_t)step : 1;
    window.side = side;
    return window;
}

struct siammixer_window siammixer_template_window(const struct siammixer_network *network,
                                                  const struct siammixer_box *box)
{
    return window_at(network, box->x, box->y, box->width, box->height,
                     network->crop_side[SIAMMIXER_TEMPLATE]);
}

static int32_t cell(const struct siammixer_tracker *tracker, int channel, int row, int column)
{
    int side = tracker->network->response_side;

    return tracker->response[(channel * side + row) * side + column];
}

static int32_t chance(const struct siammixer_tracker *tracker, int row, int column)
{
    return siammixer_probabilities[cell(tracker, SCORE, row, column) + 128];
}

/* The cell of the highest probability, the first of equal ones; near damps places far from the middle. */
static void best_cell(const struct siammixer_tracker *tracker, int near, int *best_row, int *best_column)
{
    int row, column, side = tracker->network->response_side;
    int32_t judged, best = -1, share = tracker->settings.window;
    const uint16_t *axis = tracker->network->cosine;

    for (row = 0; row < side; row++)
        for (column = 0; column < side; column++) {
            judged = chance(tracker, row, column);
            if (near) {
                int32_t cosine = (int32_t)axis[row] * axis[column] >> (2 * TABLE_BITS - PROBABILITY_BITS);

                judged = judged * ((1 << SHARE_BITS) - share) + cosine * share;
            }
            if (judged > best) {
                best = judged;
                *best_row = row;
                *best_column = column;
            }
        }
}

/* A cell and its neighbours in the map say together where the target is and how large. */
static struct vote vote_of(const struct siammixer_tracker *tracker, int row, int column)
{
    int64_t sums[4] = {0, 0, 0, 0}, weight = 0;
    int y, x, side = tracker->network->response_side;
    struct vote vote;

    for (y = row > 0 ? row - 1 : 0; y < side && y < row + 2; y++)
        for (x = column > 0 ? column - 1 : 0; x < side && x < column + 2; x++) {
            int64_t share = chance(tracker, y, x);

            weight += share;
            sums[0] += share * (cell(tracker, X, y, x) + SIAMMIXER_STEPS_PER_CELL * (x - column));
            sums[1] += share * (cell(tracker, Y, y, x) + SIAMMIXER_STEPS_PER_CELL * (y - row));
            sums[2] += share * cell(tracker, WIDTH, y, x);
            sums[3] += share * cell(tracker, HEIGHT, y, x);
        }
    if (weight < 1)
        weight = 1;
    vote.x = (int32_t)quotient(sums[0] * CELL_UNIT, weight);
    vote.y = (int32_t)quotient(sums[1] * CELL_UNIT, weight);
    vote.width = (int32_t)quotient(sums[2] * OCTAVE_UNIT, weight);
    vote.height = (int32_t)quotient(sums[3] * OCTAVE_UNIT, weight);
    return vote;
}

static int32_t movement(const struct siammixer_network *network, int place, int32_t offset, int32_t step)
{
    int64_t cells = (place - (network->response_side - 1) / 2) * 256 + offset;

    return (int32_t)shifted(cells * network->stride * step, 8 + STEP_BITS - CENTRE_BITS);
}

static int32_t limited(int64_t value, int64_t low, int64_t high)
{
    return (int32_t)(value < low ? low : value > high ? high : value);
}

static int32_t size_of(int32_t first, int32_t log)
{
    int64_t size = scaled(first, log);

    return size > 1 ? (int32_t)size : 1;
}

/* The mean errors of the sizes that the network sees in windows whose true change is known. */
static int own_errors(struct siammixer_tracker *tracker, const struct siammixer_window *window)
{
    int i, result, row = 0, column = 0;
    int32_t gain = tracker->settings.size_gain > 1 ? tracker->settings.size_gain : 1;
    int64_t width = 0, height = 0;

    for (i = 0; i < SIAMMIXER_VIEWS; i++) {
        const int32_t *view = siammixer_views[i];
        struct siammixer_window beside = *window;
        struct vote seen;
        int64_t step = scaled(window->step, view[0]), due;

        beside.x += (int32_t)shifted((int64_t)view[1] * window->step, STEP_BITS);
        beside.y += (int32_t)shifted((int64_t)view[2] * window->step, STEP_BITS);
        beside.step = step > 1 ? (int32_t)step : 1;
        result = tracker->search(tracker->user, &beside, tracker->response);
        if (result)
            return result;
        best_cell(tracker, 0, &row, &column);
        seen = vote_of(tracker, row, column);
        due = quotient(-(int64_t)view[0] * (1 << SHARE_BITS), gain);
        width += seen.width - due;
        height += seen.height - due;
    }
    tracker->error_width = (int32_t)quotient(width, SIAMMIXER_VIEWS);
    tracker->error_height = (int32_t)quotient(height, SIAMMIXER_VIEWS);
    return 0;
}

int siammixer_track_init(struct siammixer_tracker *tracker, const struct siammixer_network *network,
                         const struct siammixer_settings *settings, siammixer_search search, void *user,
                         int32_t *response, const struct siammixer_box *box)
{
    struct siammixer_window window;

    tracker->network = network;
    tracker->settings = settings ? *settings : siammixer_settings;
    tracker->search = search;
    tracker->user = user;
    tracker->response = response;
    tracker->first_width = box->width > 1 ? box->width : 1;
    tracker->first_height = box->height > 1 ? box->height : 1;
    window = window_at(network, box->x, box->y, tracker->first_width, tracker->first_height,
                       network->crop_side[SIAMMIXER_SEARCH]);
    tracker->first_step = logarithm(window.step);
    tracker->x = tracker->other_x = box->x;
    tracker->y = tracker->other_y = box->y;
    tracker->width = tracker->height = tracker->other_width = tracker->other_height = 0;
    tracker->missed = 0;
    tracker->candidate = 0;
    return own_errors(tracker, &window);
}

/* The logarithms of width and height after a share of their changes is taken over. */
static void new_sizes(const struct siammixer_tracker *tracker, const struct siammixer_window *window,
                      const struct vote *seen, int32_t certainty, struct target *target)
{
    const struct siammixer_settings *settings = &tracker->settings;
    int32_t grown = logarithm(window->step) - tracker->first_step;
    int32_t limit = logarithm(settings->size_range) - (SHARE_BITS << LOG_BITS);
    int64_t gain = settings->size_gain;
    int64_t width, height, area, aspect;
    int bits = PROBABILITY_BITS + SHARE_BITS + 1;

    width = shifted((seen->width - tracker->error_width) * gain, SHARE_BITS) + grown - target->width;
    height = shifted((seen->height - tracker->error_height) * gain, SHARE_BITS) + grown - target->height;
    area = shifted((width + height) * certainty * settings->size_rate, bits);
    aspect = shifted((width - height) * certainty * settings->aspect_rate, bits);
    target->width = limited(target->width + area + aspect, -limit, limit);
    target->height = limited(target->height + area - aspect, -limit, limit);
}

/* Where this frame is searched. */
static enum look look_of(const struct siammixer_tracker *tracker)
{
    int32_t over = tracker->missed - tracker->settings.patience;

    if (tracker->candidate)
        return AGAIN;
    return over > 0 && over % 2 == 0 ? BESIDE : NEAR;
}

/* Moves a window by its response's reach; the directions take turns. */
static void move_beside(const struct siammixer_tracker *tracker, struct siammixer_window *window)
{
    static const int sides[4][2] = {{1, 0}, {0, -1}, {0, 1}, {-1, 0}};
    const struct siammixer_network *network = tracker->network;
    const int *side = sides[((tracker->missed - tracker->settings.patience) / 2 - 1) % 4];
    int64_t cells = network->stride * (network->response_side - 1);
    int32_t reach = (int32_t)(cells * window->step >> (STEP_BITS - CENTRE_BITS));

    window->x += side[0] * reach;
    window->y += side[1] * reach;
}

/* The counter of missed frames; whether the place found is taken over. */
static int hold_after(struct siammixer_tracker *tracker, enum look look, int32_t certainty)
{
    int scale = 1 << (PROBABILITY_BITS - SHARE_BITS);
    int found = certainty >= tracker->settings.found_above * scale;

    tracker->candidate = 0;
    if (look == AGAIN) {
        if (found)
            tracker->missed = 0;
        return found;
    }
    if (look == BESIDE) {
        tracker->missed++;
        tracker->candidate = found;
        return 0;
    }
    tracker->missed = certainty >= tracker->settings.lost_below * scale ? 0 : tracker->missed + 1;
    return 1;
}

static void report(const struct siammixer_tracker *tracker, int taken, int32_t certainty,
                   struct siammixer_state *state)
{
    int32_t low = tracker->settings.lost_below * (1 << (PROBABILITY_BITS - SHARE_BITS));

    state->box.x = tracker->x;
    state->box.y = tracker->y;
    state->box.width = size_of(tracker->first_width, tracker->width);
    state->box.height = size_of(tracker->first_height, tracker->height);
    state->confidence = taken || certainty < low ? certainty : low;
    state->lost = tracker->missed > tracker->settings.patience;
}

int siammixer_track_update(struct siammixer_tracker *tracker, int32_t image_width, int32_t image_height,
                           struct siammixer_state *state)
{
    const struct siammixer_network *network = tracker->network;
    enum look look = look_of(tracker);
    struct target target = {tracker->x, tracker->y, tracker->width, tracker->height};
    struct siammixer_window window;
    struct vote seen;
    int row = 0, column = 0, taken, result;
    int32_t certainty;

    if (look == AGAIN) {
        target.x = tracker->other_x;
        target.y = tracker->other_y;
        target.width = tracker->other_width;
        target.height = tracker->other_height;
    }
    window = window_at(network, target.x, target.y, size_of(tracker->first_width, target.width),
                       size_of(tracker->first_height, target.height), network->crop_side[SIAMMIXER_SEARCH]);
    if (look == BESIDE)
        move_beside(tracker, &window);
    result = tracker->search(tracker->user, &window, tracker->response);
    if (result)
        return result;
    best_cell(tracker, look == NEAR, &row, &column);
    seen = vote_of(tracker, row, column);
    certainty = chance(tracker, row, column);
    new_sizes(tracker, &window, &seen, certainty, &target);
    target.x = limited((int64_t)window.x + movement(network, column, seen.x, window.step), 0,
                       (int64_t)image_width << CENTRE_BITS);
    target.y = limited((int64_t)window.y + movement(network, row, seen.y, window.step), 0,
                       (int64_t)image_height << CENTRE_BITS);
    taken = hold_after(tracker, look, certainty);
    tracker->other_x = target.x;
    tracker->other_y = target.y;
    tracker->other_width = target.width;
    tracker->other_height = target.height;
    if (taken) {
        tracker->x = target.x;
        tracker->y = target.y;
        tracker->width = target.width;
        tracker->height = target.height;
    }
    report(tracker, taken, certainty, state);
    state->window = window;
    return 0;
}

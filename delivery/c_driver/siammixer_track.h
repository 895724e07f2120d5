/* The tracker of SiamMixer in integers: the same boxes, to the bit, as the Python tracker.
 *
 * Positions are in 1/256 image pixel and count from the image's top left corner, probabilities in 1/32768.
 * An image is rows of pixels of three bytes, red, green, blue.
 */
#ifndef SIAMMIXER_TRACK_H
#define SIAMMIXER_TRACK_H

#include <stdint.h>

#include "siammixer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A square of crop pixels in an image: its centre in 1/256 pixel, image pixels per crop pixel in 1/65536, and
 * crop pixels along an edge. */
struct siammixer_window {
    int32_t x, y, step, side;
};

/* A box: its centre, width and height in 1/256 pixel. */
struct siammixer_box {
    int32_t x, y, width, height;
};

/* How the tracker reads the responses, in 1/256; patience in frames. */
struct siammixer_settings {
    int32_t window, size_gain, size_rate, aspect_rate, size_range, lost_below, patience, found_above;
};

/* The settings that were chosen on validation video. */
extern const struct siammixer_settings siammixer_settings;

/* Searches a window of the image at hand: cuts it out, runs the search branch, and writes the whole response,
 * 5 * response_side * response_side words as the core gives them. 0 where it went well; another value ends
 * the tracker's function, which gives it back. */
typedef int (*siammixer_search)(void *user, const struct siammixer_window *window, int32_t *response);

/* A target that is followed; the tracker's own. response has room for a response. */
struct siammixer_tracker {
    const struct siammixer_network *network;
    struct siammixer_settings settings;
    siammixer_search search;
    void *user;
    int32_t *response;
    int32_t first_width, first_height, first_step, error_width, error_height;
    int32_t x, y, width, height;                 /* the target; sizes as logarithms over the first */
    int32_t other_x, other_y, other_width, other_height; /* the latest place found, taken or not */
    int32_t missed;
    int candidate;
};

/* What a frame gave. */
struct siammixer_state {
    struct siammixer_box box;
    int32_t confidence; /* that the target is where the box is, in 1/32768 */
    int lost;
    struct siammixer_window window;
};

/* The window that the template branch sees. */
struct siammixer_window siammixer_template_window(const struct siammixer_network *network,
                                                  const struct siammixer_box *box);

/* Begins with the target's box in the first image, whose template the core holds already. It searches eight
 * windows. settings may be null: siammixer_settings. */
int siammixer_track_init(struct siammixer_tracker *tracker, const struct siammixer_network *network,
                         const struct siammixer_settings *settings, siammixer_search search, void *user,
                         int32_t *response, const struct siammixer_box *box);

/* Finds the target in the next image, whose size is given in pixels. It searches one window. */
int siammixer_track_update(struct siammixer_tracker *tracker, int32_t image_width, int32_t image_height,
                           struct siammixer_state *state);

/* The mean colour of an image. */
void siammixer_mean_colour(const uint8_t *image, uint32_t width, uint32_t height, uint8_t colour[3]);

/* Cuts a window out of an image: side * side pixels of three bytes. What lies outside the image has the colour
 * fill. For the first image that is its mean colour, for every later one the mean colour of the image before. */
void siammixer_crop(const uint8_t *image, int32_t width, int32_t height,
                    const struct siammixer_window *window, const uint8_t fill[3], uint8_t *crop);

#ifdef __cplusplus
}
#endif

#endif

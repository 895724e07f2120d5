/* Firmware of the system in soc.v: loads the network, sets the template, and tracks.
 *
 * It takes the crops from a job in memory, in the order in which the tracker needs them, and logs every
 * response and every state. Where the tracker asks for another window than the job's, it ends. */
#include "siammixer_accelerator.h"
#include "siammixer_network.h"
#include "siammixer_track.h"

#define CORE ((volatile uint32_t *)0x40000000u)
#define DMA ((volatile uint32_t *)0x50000000u)
#define EXIT ((volatile uint32_t *)0x60000000u)
#define JOB ((const struct job *)0x00100000u)

enum { OTHER_WINDOW = 1001, NO_CROP, REFUSED, NO_ERROR, OTHER_ERROR };

/* Crops are words: the template's is its pixels of three bytes, row by row; a search crop is the window's x, y
 * and step (0: any window), then the pixels in the order of the stream. */
struct job {
    uint32_t passes, frames;
    struct siammixer_box box;
    int32_t width, height;
    uint32_t template_words;
    uint32_t crops[1];
};

static const uint32_t *next_crop;
static uint32_t passes;
static uint32_t pixels[SIAMMIXER_TEMPLATE_PIXELS];
static int32_t response[SIAMMIXER_RESPONSE_CELLS];

static void log_words(const void *words, uint32_t count)
{
    const uint32_t *word = words;

    while (count--)
        EXIT[1] = *word++;
}

static int send(void *user, const uint32_t *source, uint32_t count)
{
    (void)user;
    DMA[0] = (uint32_t)(uintptr_t)source;
    DMA[1] = count;
    return 0;
}

static void stop(void *user)
{
    (void)user;
    DMA[2] = 0;
    while (DMA[0])
        ;
}

static int search(void *user, const struct siammixer_window *window, int32_t *words)
{
    struct siammixer *core = user;
    const struct siammixer_branch *branch = &siammixer_network.branches[SIAMMIXER_SEARCH];
    const uint32_t *crop = next_crop;
    int result;

    if (passes++ == JOB->passes)
        return NO_CROP;
    if (window && crop[2] &&
        (window->x != (int32_t)crop[0] || window->y != (int32_t)crop[1] || window->step != (int32_t)crop[2]))
        return OTHER_WINDOW;
    next_crop = crop + 3 + branch->pixels;
    result = siammixer_run(core, branch, crop + 3);
    if (!result)
        result = siammixer_response(core, 0, words, branch->response_words);
    if (!result)
        log_words(words, branch->response_words);
    return result;
}

/* A run that gets too few pixels tells so, and the core works again after it. */
static int wrong_stream(struct siammixer *core)
{
    struct siammixer_branch branch = siammixer_network.branches[SIAMMIXER_SEARCH];
    int result;

    branch.pixels -= 7;
    result = siammixer_run(core, &branch, next_crop + 3);
    if (result != SIAMMIXER_ERROR_INPUT_SHORT)
        return result ? OTHER_ERROR : NO_ERROR;
    return siammixer_recover(core);
}

static int track(struct siammixer *core)
{
    struct siammixer_tracker tracker;
    struct siammixer_state state;
    uint32_t frame;
    int result = siammixer_track_init(&tracker, &siammixer_network, 0, search, core, response, &JOB->box);

    for (frame = 0; frame < JOB->frames && !result; frame++) {
        result = siammixer_track_update(&tracker, JOB->width, JOB->height, &state);
        if (!result)
            log_words(&state, 6);
    }
    return result;
}

int main(void)
{
    struct siammixer core;
    const struct siammixer_bus bus = {CORE, 0, 0, send, stop, 0, 1u << 22};
    int result = siammixer_init(&core, &bus, SIAMMIXER_FINGERPRINT);

    next_crop = JOB->crops + JOB->template_words;
    if (!result)
        result = siammixer_load(&core, &siammixer_network);
    if (!result) {
        siammixer_order(&siammixer_network, SIAMMIXER_TEMPLATE, (const uint8_t *)JOB->crops, pixels);
        result = siammixer_run(&core, &siammixer_network.branches[SIAMMIXER_TEMPLATE], pixels);
    }
    if (!result)
        result = wrong_stream(&core);
    if (!result)
        result = JOB->frames ? track(&core) : search(&core, 0, response);
    if (!result && EXIT[0])
        result = REFUSED;
    return result;
}

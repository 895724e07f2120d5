/* Driver of the SiamMixer core behind AXI. C99, no memory of its own, no operating system, no other library.
 *
 * One struct siammixer belongs to one core. Its functions may not run at the same time for the same core.
 * Every function that can fail gives SIAMMIXER_OK (0), a positive error code of the core
 * (siammixer_registers.h), or a negative code of the driver; siammixer_message puts each into words.
 */
#ifndef SIAMMIXER_H
#define SIAMMIXER_H

#include <stdint.h>

#include "siammixer_registers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIAMMIXER_OK 0
#define SIAMMIXER_NO_CORE (-1)
#define SIAMMIXER_OTHER_VERSION (-2)
#define SIAMMIXER_OTHER_ACCELERATOR (-3)
#define SIAMMIXER_TIMEOUT (-4)
#define SIAMMIXER_BUSY (-5)
#define SIAMMIXER_SEND_FAILED (-6)
#define SIAMMIXER_BAD_ARGUMENT (-7)

/* How the driver reaches a core: what the user supplies.
 *
 * base     Address of the registers, where they are mapped into memory; else null, and read and write do it.
 * read     Gives the register at an offset in bytes.
 * write    Sets the register at an offset in bytes.
 * send     Sends a crop's pixels on the stream, red in bits 7 to 0, green 15 to 8, blue 23 to 16, the last one
 *          with tlast. It is called once a run has begun. It may return before they are sent (DMA); a sender
 *          that waits (FIFO) must give up where siammixer_is_busy says that the run is over. 0 where it went
 *          well.
 * stop     Ends sending: returns when no pixel is on its way any more. While it runs the core takes and drops
 *          pixels. May be null where send returns only after the last pixel is taken or withdrawn.
 * user     Handed to all of them.
 * polls    A wait reads the status so many times before it ends with SIAMMIXER_TIMEOUT.
 */
struct siammixer_bus {
    volatile uint32_t *base;
    uint32_t (*read)(void *user, uint32_t offset);
    void (*write)(void *user, uint32_t offset, uint32_t value);
    int (*send)(void *user, const uint32_t *pixels, uint32_t count);
    void (*stop)(void *user);
    void *user;
    uint32_t polls;
};

/* A core that siammixer_init has found; the driver's own. The sizes are for the user to read. */
struct siammixer {
    struct siammixer_bus bus;
    uint32_t lanes, program_words, weight_words, response_words;
};

/* A branch of a network: its program, the place of its first word in the program memory, and what a run
 * takes and gives. */
struct siammixer_branch {
    const uint32_t *program;
    uint32_t words, entry, pixels, response_words;
};

/* A region of a crop, in pixels. */
struct siammixer_region {
    uint16_t top, left, height, width;
};

/* A network for one accelerator, as the compiler wrote it: everything that a core needs.
 *
 * weights  Nine bytes for each word: lanes times weight_words words, lane after lane.
 * regions  The pixel stream is made of these regions of the crop, one after the other, row by row.
 */
struct siammixer_network {
    uint64_t fingerprint;
    uint32_t lanes, weight_words;
    const uint8_t *weights;
    struct siammixer_branch branches[2]; /* SIAMMIXER_TEMPLATE, SIAMMIXER_SEARCH */
    const struct siammixer_region *regions[2];
    uint32_t region_count[2];
    uint16_t crop_side[2];
    uint16_t exemplar_side, stride, response_side;
    const uint16_t *cosine; /* response_side values: the raised cosine along an axis, for the tracker */
};

enum { SIAMMIXER_TEMPLATE = 0, SIAMMIXER_SEARCH = 1 };

/* Finds the core, checks that it is the one that fingerprint names (0: any), resets it, and waits until it is
 * free. Its memories keep what they hold. */
int siammixer_init(struct siammixer *core, const struct siammixer_bus *bus, uint64_t fingerprint);

/* Loads weights and both programs of a network. Once is enough; a reset of the core keeps them. */
int siammixer_load(struct siammixer *core, const struct siammixer_network *network);

/* Loads words into the program memory from place first on. */
int siammixer_load_program(struct siammixer *core, uint32_t first, const uint32_t *words, uint32_t count);

/* Loads words of nine bytes each into a lane's weight memory from place first on. */
int siammixer_load_weights(struct siammixer *core, uint32_t lane, uint32_t first, const uint8_t *bytes,
                           uint32_t count);

/* Puts the pixels of a crop, three bytes each, row by row, into the order of the stream of a branch.
 * pixels has room for network->branches[branch].pixels words. */
void siammixer_order(const struct siammixer_network *network, int branch, const uint8_t *crop,
                     uint32_t *pixels);

/* Runs a branch on pixels in the order of the stream, until its end. */
int siammixer_run(struct siammixer *core, const struct siammixer_branch *branch, const uint32_t *pixels);

/* Begins a run of the program at entry and returns at once. */
int siammixer_start(struct siammixer *core, uint32_t entry);

/* Waits for the end of a run; what became of it. */
int siammixer_wait(struct siammixer *core);

/* Whether a run is in progress, or a reset has just been. */
int siammixer_is_busy(const struct siammixer *core);

/* Reads words of the response from place first on, INT32. */
int siammixer_response(struct siammixer *core, uint32_t first, int32_t *words, uint32_t count);

/* The response's largest word; the first of equal ones. */
void siammixer_peak(const struct siammixer *core, uint32_t *position, int32_t *value);

/* Cycles of the latest run. */
uint32_t siammixer_cycles(const struct siammixer *core);

/* The number of the instruction in which the latest run ended, for a report. */
uint32_t siammixer_step(const struct siammixer *core);

/* After an error or a timeout: resets the core, drops the pixels that are on their way, and waits until it is
 * free. Weights and programs stay; a template whose run was broken off does not. */
int siammixer_recover(struct siammixer *core);

/* Whether the interrupt line is high after a run's end; siammixer_wait clears it. */
void siammixer_interrupt(struct siammixer *core, int enable);

/* A code in words. */
const char *siammixer_message(int code);

#ifdef __cplusplus
}
#endif

#endif

/* Driver of the SiamMixer core behind AXI: see siammixer.h. */
#include "siammixer.h"

#include <stddef.h>

#define WORD_BYTES 9u

static uint32_t get(const struct siammixer *core, uint32_t offset)
{
    return core->bus.base ? core->bus.base[offset / 4u] : core->bus.read(core->bus.user, offset);
}

static void put(const struct siammixer *core, uint32_t offset, uint32_t value)
{
    if (core->bus.base)
        core->bus.base[offset / 4u] = value;
    else
        core->bus.write(core->bus.user, offset, value);
}

static uint32_t status(const struct siammixer *core)
{
    return get(core, SIAMMIXER_STATUS);
}

static int wait_free(const struct siammixer *core)
{
    uint32_t left;

    for (left = core->bus.polls; left > 0; left--)
        if (!(status(core) & SIAMMIXER_STATUS_BUSY_MASK))
            return SIAMMIXER_OK;
    return SIAMMIXER_TIMEOUT;
}

int siammixer_is_busy(const struct siammixer *core)
{
    return (status(core) & SIAMMIXER_STATUS_BUSY_MASK) != 0;
}

int siammixer_init(struct siammixer *core, const struct siammixer_bus *bus, uint64_t fingerprint)
{
    uint64_t found;

    core->bus = *bus;
    if (!bus->base && (!bus->read || !bus->write))
        return SIAMMIXER_BAD_ARGUMENT;
    if (get(core, SIAMMIXER_IDENTITY) != SIAMMIXER_MAGIC)
        return SIAMMIXER_NO_CORE;
    if (get(core, SIAMMIXER_VERSION) >> 16 != SIAMMIXER_MAJOR_VERSION)
        return SIAMMIXER_OTHER_VERSION;
    found = (uint64_t)get(core, SIAMMIXER_FINGERPRINT_HIGH) << 32 | get(core, SIAMMIXER_FINGERPRINT_LOW);
    if (fingerprint != 0 && fingerprint != found)
        return SIAMMIXER_OTHER_ACCELERATOR;
    core->lanes = get(core, SIAMMIXER_LANES);
    core->program_words = get(core, SIAMMIXER_PROGRAM_WORDS);
    core->weight_words = get(core, SIAMMIXER_WEIGHT_WORDS);
    core->response_words = get(core, SIAMMIXER_RESPONSE_WORDS);
    put(core, SIAMMIXER_INTERRUPT, 0);
    return siammixer_recover(core);
}

int siammixer_load_program(struct siammixer *core, uint32_t first, const uint32_t *words, uint32_t count)
{
    uint32_t i;

    if (first > core->program_words || count > core->program_words - first)
        return SIAMMIXER_BAD_ARGUMENT;
    if (siammixer_is_busy(core))
        return SIAMMIXER_BUSY;
    put(core, SIAMMIXER_WORD_ADDRESS, SIAMMIXER_TARGET_PROGRAM << SIAMMIXER_WORD_ADDRESS_TARGET_SHIFT | first);
    put(core, SIAMMIXER_WORD_MIDDLE, 0);
    for (i = 0; i < count; i++) {
        put(core, SIAMMIXER_WORD_LOW, words[i]);
        put(core, SIAMMIXER_WORD_HIGH, 0);
    }
    return SIAMMIXER_OK;
}

static uint32_t little(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

int siammixer_load_weights(struct siammixer *core, uint32_t lane, uint32_t first, const uint8_t *bytes,
                           uint32_t count)
{
    uint32_t place = lane << SIAMMIXER_LANE_SHIFT | first;
    uint32_t i;

    if (lane >= core->lanes || first > core->weight_words || count > core->weight_words - first)
        return SIAMMIXER_BAD_ARGUMENT;
    if (siammixer_is_busy(core))
        return SIAMMIXER_BUSY;
    put(core, SIAMMIXER_WORD_ADDRESS, SIAMMIXER_TARGET_WEIGHTS << SIAMMIXER_WORD_ADDRESS_TARGET_SHIFT | place);
    for (i = 0; i < count; i++, bytes += WORD_BYTES) {
        put(core, SIAMMIXER_WORD_LOW, little(bytes));
        put(core, SIAMMIXER_WORD_MIDDLE, little(bytes + 4));
        put(core, SIAMMIXER_WORD_HIGH, bytes[8]);
    }
    return SIAMMIXER_OK;
}

int siammixer_load(struct siammixer *core, const struct siammixer_network *network)
{
    uint32_t lane, bytes = network->weight_words * WORD_BYTES;
    int branch, result = SIAMMIXER_OK;

    if (network->lanes != core->lanes)
        return SIAMMIXER_OTHER_ACCELERATOR;
    for (lane = 0; lane < network->lanes && result == SIAMMIXER_OK; lane++)
        result = siammixer_load_weights(core, lane, 0, network->weights + lane * bytes, network->weight_words);
    for (branch = 0; branch < 2 && result == SIAMMIXER_OK; branch++) {
        const struct siammixer_branch *one = &network->branches[branch];

        result = siammixer_load_program(core, one->entry, one->program, one->words);
    }
    return result;
}

void siammixer_order(const struct siammixer_network *network, int branch, const uint8_t *crop,
                     uint32_t *pixels)
{
    uint32_t i, row, column, side = network->crop_side[branch];

    for (i = 0; i < network->region_count[branch]; i++) {
        const struct siammixer_region *region = &network->regions[branch][i];

        for (row = region->top; row < (uint32_t)region->top + region->height; row++)
            for (column = 0; column < region->width; column++) {
                const uint8_t *rgb = crop + 3u * (row * side + region->left + column);

                *pixels++ = rgb[0] | (uint32_t)rgb[1] << 8 | (uint32_t)rgb[2] << 16;
            }
    }
}

int siammixer_start(struct siammixer *core, uint32_t entry)
{
    if (siammixer_is_busy(core))
        return SIAMMIXER_BUSY;
    put(core, SIAMMIXER_STATUS, SIAMMIXER_STATUS_DONE_MASK);
    put(core, SIAMMIXER_ENTRY, entry);
    put(core, SIAMMIXER_CONTROL, SIAMMIXER_CONTROL_START_MASK);
    return SIAMMIXER_OK;
}

int siammixer_wait(struct siammixer *core)
{
    uint32_t left, now;

    for (left = core->bus.polls; left > 0; left--) {
        now = status(core);
        if (now & SIAMMIXER_STATUS_DONE_MASK) {
            put(core, SIAMMIXER_STATUS, SIAMMIXER_STATUS_DONE_MASK);
            return (int)((now & SIAMMIXER_STATUS_ERROR_MASK) >> SIAMMIXER_STATUS_ERROR_SHIFT);
        }
    }
    return SIAMMIXER_TIMEOUT;
}

int siammixer_run(struct siammixer *core, const struct siammixer_branch *branch, const uint32_t *pixels)
{
    int ended, result = siammixer_start(core, branch->entry);

    if (result != SIAMMIXER_OK)
        return result;
    if (core->bus.send && branch->pixels)
        result = core->bus.send(core->bus.user, pixels, branch->pixels);
    ended = siammixer_wait(core);
    /* What the core says of an end is more exact than that the sender could not send everything. */
    if (ended == SIAMMIXER_OK || ended == SIAMMIXER_TIMEOUT)
        return result ? SIAMMIXER_SEND_FAILED : ended;
    return ended;
}

int siammixer_response(struct siammixer *core, uint32_t first, int32_t *words, uint32_t count)
{
    uint32_t i;

    if (first > core->response_words || count > core->response_words - first)
        return SIAMMIXER_BAD_ARGUMENT;
    if (siammixer_is_busy(core))
        return SIAMMIXER_BUSY;
    put(core, SIAMMIXER_RESPONSE_ADDRESS, first);
    for (i = 0; i < count; i++)
        words[i] = (int32_t)get(core, SIAMMIXER_RESPONSE_DATA);
    return SIAMMIXER_OK;
}

void siammixer_peak(const struct siammixer *core, uint32_t *position, int32_t *value)
{
    *position = get(core, SIAMMIXER_PEAK_POSITION);
    *value = (int32_t)get(core, SIAMMIXER_PEAK_VALUE);
}

uint32_t siammixer_cycles(const struct siammixer *core)
{
    return get(core, SIAMMIXER_CYCLES);
}

uint32_t siammixer_step(const struct siammixer *core)
{
    return (status(core) & SIAMMIXER_STATUS_STEP_MASK) >> SIAMMIXER_STATUS_STEP_SHIFT;
}

int siammixer_recover(struct siammixer *core)
{
    int result;

    put(core, SIAMMIXER_CONTROL, SIAMMIXER_CONTROL_RESET_MASK | SIAMMIXER_CONTROL_DRAIN_MASK);
    result = wait_free(core);
    if (core->bus.stop)
        core->bus.stop(core->bus.user);
    put(core, SIAMMIXER_CONTROL, 0);
    return result;
}

void siammixer_interrupt(struct siammixer *core, int enable)
{
    put(core, SIAMMIXER_INTERRUPT, enable ? SIAMMIXER_INTERRUPT_ENABLE_MASK : 0);
}

const char *siammixer_message(int code)
{
    static const char *const core_messages[] = {SIAMMIXER_ERROR_MESSAGES};
    static const char *const driver_messages[] = {
        "no SiamMixer core at this address",
        "the core's registers are of another major version than this driver",
        "the core has other sizes than the program was compiled for",
        "the core did not become free, or did not end its run, within the polls allowed",
        "the core is busy",
        "the pixels could not be sent",
        "an argument lies outside the core's memories, or a function is missing",
    };
    int driver_code = -code - 1;

    if (code >= 0 && (size_t)code < sizeof core_messages / sizeof *core_messages)
        return core_messages[code];
    if (code < 0 && (size_t)driver_code < sizeof driver_messages / sizeof *driver_messages)
        return driver_messages[driver_code];
    return "an error code that this driver does not know";
}

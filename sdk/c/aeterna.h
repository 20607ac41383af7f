/* Aeterna for C programs: this header and aeterna.c, C99, Linux, nothing else. docs/srp.md describes the protocol.
 *
 *     int listener = aeterna_listen("127.0.0.1", 8080, NULL);
 *     struct aeterna_state state;
 *     int follow;                                  // poll it too; when it is readable: aeterna_take_final()
 *     aeterna_load_state_and_follow(&state, &follow); // empty when there is none, or when anything goes wrong
 *     ... use state.data, state.size ...
 *     aeterna_free_state(&state);
 *     int provider = aeterna_provide();            // poll it with your other descriptors;
 *     aeterna_ready();                             // when it is readable: aeterna_answer()
 *
 * For a moment both processes serve: asked for "final", stop serving before you answer; aeterna_take_final() has what the old process
 * changed after its snapshot. docs/sdk.md has more, examples/c-counter a whole program.
 *
 * Nothing here aborts because of the engine. What goes wrong is written to stderr after "[Aeterna-SDK]".
 */
#ifndef AETERNA_H
#define AETERNA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AETERNA_MAGIC 0xAE7E2024u
#define AETERNA_VERSION 1

enum aeterna_type {
    AETERNA_HELLO = 0x01,
    AETERNA_JSON = 0x02,
    AETERNA_PROTOBUF = 0x03,
    AETERNA_CHUNK = 0x04,
    AETERNA_MEMORY = 0x05,
    AETERNA_REQUEST = 0x06,
    AETERNA_ERROR = 0x7F,
    AETERNA_FINISHED = 0xFF
};

/* State of the process before this one. The bytes end with a zero that is not counted, so that text can be used as it is. */
struct aeterna_state {
    int type;           /* AETERNA_JSON, AETERNA_PROTOBUF, AETERNA_CHUNK or AETERNA_MEMORY; 0: there is none */
    const void *data;
    size_t size;
    size_t mapped;      /* of the implementation */
};

/* A listening TCP socket: inherited from the engine (by name, or else the one with that port), or bound anew. -1 with errno. */
int aeterna_listen(const char *address, int port, const char *name);

/* Waits for the state. 1 when there is one, else 0 and an empty state. Parts after the first are joined to it if they are chunks,
 * and left out otherwise. What the old process changes after that is lost, and stderr has a line about it. */
int aeterna_load_state(struct aeterna_state *state);

/* The same, for a process that also wants what changes until the old one ends: *follow is then a descriptor to poll for POLLIN, or -1
 * when there is no state. When it is readable: aeterna_take_final(). With NULL for follow: as aeterna_load_state(), but quiet, for a
 * program that misses nothing. */
int aeterna_load_state_and_follow(struct aeterna_state *state, int *follow);

/* Takes what has changed since, and closes the descriptor. 1 when there is something, else 0 and an empty state. */
int aeterna_take_final(int follow, struct aeterna_state *state);

void aeterna_free_state(struct aeterna_state *state);

/* Registers this process as the one that gives its generation's state. A descriptor to poll for POLLIN, or -1. */
int aeterna_provide(void);

/* Reads a request when the provider's descriptor is readable, and calls source, which gives what it has with aeterna_save_state()
 * (nothing is allowed too). phase is "snapshot" or "final". -1: the connection is over and closed. */
int aeterna_answer(int provider, void (*source)(int provider, const char *phase, void *context), void *context);

/* Sends state of type AETERNA_JSON, AETERNA_PROTOBUF or AETERNA_CHUNK (more than a MiB of which goes by memory): within source
 * (connection is provider), or to push it after state_handoff.signal (connection is -1; then it waits for the Ack). 0, or -1. */
int aeterna_save_state(int connection, int type, const void *data, size_t size);

/* Says READY=1. */
void aeterna_ready(void);

/* A header of twelve bytes: 0 with type and length of the payload, or the name of what is wrong with it: "length", "too_long", "magic",
 * "version", "type", "reserved". */
const char *aeterna_check_header(const unsigned char header[12], int *type, size_t *length);

/* Writes a header. */
void aeterna_write_header(unsigned char header[12], int type, size_t length);

/* CRC32C, by the processor's instruction where there is one. */
uint32_t aeterna_crc32c(const void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif

#define _GNU_SOURCE
#include "aeterna.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_BULK ((size_t)1 << 30)
#define MOST_CONTROL ((size_t)64 << 10)
#define BY_MEMORY ((size_t)1 << 20)
#define PATIENCE_SECONDS 60
#define FIRST_DESCRIPTOR 3

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("[Aeterna-SDK] ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* -- frames ------------------------------------------------------------------------------------------------------------- */

static uint32_t get_u32(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static void put_u32(unsigned char *to, uint32_t value)
{
    to[0] = (unsigned char)(value >> 24);
    to[1] = (unsigned char)(value >> 16);
    to[2] = (unsigned char)(value >> 8);
    to[3] = (unsigned char)value;
}

static int is_bulk(int type)
{
    return type == AETERNA_JSON || type == AETERNA_PROTOBUF || type == AETERNA_CHUNK;
}

const char *aeterna_check_header(const unsigned char header[12], int *type, size_t *length)
{
    uint32_t counted = get_u32(header);
    if (counted < 8)
        return "length";
    if (counted - 8 > MOST_BULK)
        return "too_long";
    if (get_u32(header + 4) != AETERNA_MAGIC)
        return "magic";
    if (header[8] != AETERNA_VERSION)
        return "version";
    *type = header[9];
    if (!(*type >= AETERNA_HELLO && *type <= AETERNA_REQUEST) && *type != AETERNA_ERROR && *type != AETERNA_FINISHED)
        return "type";
    if (header[10] != 0 || header[11] != 0)
        return "reserved";
    *length = counted - 8;
    return !is_bulk(*type) && *length > MOST_CONTROL ? "too_long" : NULL;
}

void aeterna_write_header(unsigned char header[12], int type, size_t length)
{
    put_u32(header, (uint32_t)(length + 8));
    put_u32(header + 4, AETERNA_MAGIC);
    header[8] = AETERNA_VERSION;
    header[9] = (unsigned char)type;
    header[10] = header[11] = 0;
}

/* A descriptor that comes with the bytes replaces *descriptor. */
static int receive(int connection, void *to, size_t size, int *descriptor)
{
    unsigned char *at = to;
    while (size > 0) {
        union { struct cmsghdr align; char bytes[CMSG_SPACE(8 * sizeof(int))]; } control;
        struct iovec part = { at, size };
        struct msghdr message;
        struct cmsghdr *item;
        ssize_t got;
        memset(&message, 0, sizeof message);
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 && at == to ? 1 : -1;
        for (item = CMSG_FIRSTHDR(&message); item != NULL; item = CMSG_NXTHDR(&message, item)) {
            size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
            if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
                continue;
            for (i = 0; i < count; i++) {
                int came;
                memcpy(&came, CMSG_DATA(item) + i * sizeof came, sizeof came);
                if (*descriptor >= 0)
                    close(*descriptor);
                *descriptor = came;
            }
        }
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

static int send_all(int connection, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t sent = send(connection, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        at += sent;
        size -= (size_t)sent;
    }
    return 0;
}

static int send_frame(int connection, int type, const void *payload, size_t size)
{
    unsigned char header[12];
    aeterna_write_header(header, type, size);
    return send_all(connection, header, sizeof header) || send_all(connection, payload, size) ? -1 : 0;
}

static int send_with_descriptor(int connection, const void *bytes, size_t size, int descriptor)
{
    union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec part = { (void *)bytes, size };
    struct msghdr message;
    struct cmsghdr *item;
    ssize_t sent;
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
    do {
        sent = sendmsg(connection, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : send_all(connection, (const char *)bytes + sent, size - (size_t)sent);
}

static int receive_header(int connection, int *type, size_t *length, int *descriptor)
{
    unsigned char header[12];
    const char *wrong;
    int end = receive(connection, header, sizeof header, descriptor);
    if (end != 0)
        return end;
    wrong = aeterna_check_header(header, type, length);
    if (wrong != NULL)
        say("the engine sent a bad frame: %s", wrong);
    return wrong == NULL ? 0 : -1;
}

/* -- the socket ----------------------------------------------------------------------------------------------------------- */

static int open_state_socket(void)
{
    const char *path = getenv("AETERNA_STATE_SOCK");
    struct sockaddr_un address;
    struct timeval patience = { PATIENCE_SECONDS, 0 };
    struct ucred peer;
    socklen_t size = sizeof peer;
    int connection;
    if (path == NULL || strlen(path) >= sizeof address.sun_path)
        return -1;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, path);
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        say("no state socket at %s: %s", path, strerror(errno));
        if (connection >= 0)
            close(connection);
        return -1;
    }
    /* In a folder like /tmp anybody may listen. */
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || (peer.uid != 0 && peer.uid != geteuid())) {
        say("who listens at %s is not the engine", path);
        close(connection);
        return -1;
    }
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return connection;
}

static int inherited(int port, const char *name)
{
    const char *count = getenv("AETERNA_INHERITED_FDS"), *names = getenv("LISTEN_FDNAMES");
    int i, most = count == NULL ? 0 : atoi(count);
    for (i = 0; i < most; i++) {
        size_t length = names == NULL ? 0 : strcspn(names, ":");
        struct sockaddr_storage bound;
        socklen_t size = sizeof bound;
        int fits = 0;
        if (name != NULL)
            fits = names != NULL && strlen(name) == length && strncmp(name, names, length) == 0;
        else if (getsockname(FIRST_DESCRIPTOR + i, (struct sockaddr *)&bound, &size) == 0 && bound.ss_family == AF_INET)
            fits = ntohs(((struct sockaddr_in *)&bound)->sin_port) == port;
        if (fits)
            return FIRST_DESCRIPTOR + i;
        if (names != NULL)
            names += length + (names[length] == ':');
    }
    return -1;
}

int aeterna_listen(const char *address, int port, const char *name)
{
    struct sockaddr_in to;
    int one = 1, listener = inherited(port, name);
    if (listener >= 0) {
        fcntl(listener, F_SETFD, FD_CLOEXEC);
        return listener;
    }
    memset(&to, 0, sizeof to);
    to.sin_family = AF_INET;
    to.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&to, sizeof to) != 0 || listen(listener, 128) != 0) {
        one = errno;
        close(listener);
        errno = one;
        return -1;
    }
    return listener;
}

void aeterna_ready(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    int notify;
    if (path == NULL || path[0] == 0 || strlen(path) >= sizeof address.sun_path)
        return;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, path);
    if (path[0] == '@')
        address.sun_path[0] = 0;
    notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify < 0 || sendto(notify, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&address,
                             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        say("cannot say READY=1: %s", strerror(errno));
    if (notify >= 0)
        close(notify);
}

/* -- taking state --------------------------------------------------------------------------------------------------------- */

/* The number after "name": in a flat JSON object; -1 when there is none. */
static long long number(const char *json, const char *name)
{
    const char *at = strstr(json, name);
    at = at == NULL ? NULL : strchr(at + strlen(name), ':');
    return at == NULL ? -1 : strtoll(at + 1, NULL, 10);
}

static int take_memory(struct aeterna_state *state, const char *payload, int descriptor)
{
    long long size = number(payload, "\"size\"");
    void *data;
    if (descriptor < 0 || size < 0)
        return -1;
    if (size == 0)
        return 0;
    data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (data == MAP_FAILED)
        return -1;
    state->type = AETERNA_MEMORY;
    state->data = data;
    state->size = state->mapped = (size_t)size;
    return 0;
}

/* Reads a payload behind what is there. */
static int take_bytes(struct aeterna_state *state, int type, int connection, size_t length, int *descriptor)
{
    char *data = realloc((void *)state->data, state->size + length + 1);
    if (data == NULL)
        return -1;
    state->data = data;
    if (receive(connection, data + state->size, length, descriptor) != 0 && length > 0)
        return -1;
    state->type = type;
    state->size += length;
    data[state->size] = 0;
    return 0;
}

static int take(int connection, struct aeterna_state *state)
{
    for (;;) {
        int type = 0, descriptor = -1, bad = 0;
        size_t length = 0;
        if (receive_header(connection, &type, &length, &descriptor) != 0)
            bad = 1;
        else if (is_bulk(type) && (state->type == 0 || (type == AETERNA_CHUNK && state->type == AETERNA_CHUNK)))
            bad = take_bytes(state, type, connection, length, &descriptor);
        else {
            struct aeterna_state aside = { 0, NULL, 0, 0 };
            bad = take_bytes(&aside, type, connection, length, &descriptor);
            if (!bad && type == AETERNA_MEMORY && state->type == 0)
                bad = take_memory(state, aside.data, descriptor);
            else if (!bad && type == AETERNA_ERROR)
                say("starting without state: %s", (const char *)aside.data);
            bad = bad || type == AETERNA_ERROR || type == AETERNA_HELLO || type == AETERNA_REQUEST;
            free((void *)aside.data);
        }
        if (descriptor >= 0)
            close(descriptor);
        if (bad)
            return -1;
        if (type == AETERNA_FINISHED)
            return send_frame(connection, AETERNA_FINISHED, "", 0);
    }
}

static int load(struct aeterna_state *state, const char *hello, int *follow)
{
    int connection = open_state_socket();
    memset(state, 0, sizeof *state);
    if (connection < 0)
        return 0;
    if (send_frame(connection, AETERNA_HELLO, hello, strlen(hello)) != 0 || take(connection, state) != 0) {
        say("starting without state: the handoff failed");
        aeterna_free_state(state);
    }
    if (follow != NULL && state->type != 0)
        *follow = connection;
    else
        close(connection);
    return state->type != 0;
}

static const char plain_hello[] = "{\"role\":\"receiver\"}";

int aeterna_load_state(struct aeterna_state *state)
{
    int loaded = load(state, plain_hello, NULL);
    if (loaded)
        say("what the old process changes after this snapshot will be lost: use aeterna_load_state_and_follow(), "
            "with NULL if nothing is missed");
    return loaded;
}

int aeterna_load_state_and_follow(struct aeterna_state *state, int *follow)
{
    if (follow == NULL)
        return load(state, plain_hello, NULL);
    *follow = -1;
    return load(state, "{\"role\":\"receiver\",\"final\":true}", follow);
}

int aeterna_take_final(int follow, struct aeterna_state *state)
{
    memset(state, 0, sizeof *state);
    if (take(follow, state) != 0) {
        say("no final state: the handoff failed");
        aeterna_free_state(state);
    }
    close(follow);
    return state->type != 0;
}

void aeterna_free_state(struct aeterna_state *state)
{
    if (state->mapped > 0)
        munmap((void *)state->data, state->mapped);
    else
        free((void *)state->data);
    memset(state, 0, sizeof *state);
}

/* -- giving state --------------------------------------------------------------------------------------------------------- */

int aeterna_provide(void)
{
    static const char hello[] = "{\"role\":\"provider\"}";
    int connection = open_state_socket();
    if (connection >= 0 && send_frame(connection, AETERNA_HELLO, hello, sizeof hello - 1) != 0) {
        close(connection);
        connection = -1;
    }
    return connection;
}

static int give_memory(int connection, const void *data, size_t size)
{
    unsigned char frame[12 + 64];
    char *map;
    int bad = 1, length, memory = memfd_create("aeterna-state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0)
        return -1;
    if (ftruncate(memory, (off_t)size) == 0) {
        map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
        if (map != MAP_FAILED) {
            memcpy(map, data, size);
            munmap(map, size);
            length = snprintf((char *)frame + 12, sizeof frame - 12, "{\"size\":%zu,\"crc32c\":%lu}", size,
                              (unsigned long)aeterna_crc32c(data, size));
            aeterna_write_header(frame, AETERNA_MEMORY, (size_t)length);
            bad = fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0
                || send_with_descriptor(connection, frame, 12 + (size_t)length, memory) != 0;
        }
    }
    close(memory);
    return bad ? -1 : 0;
}

static int give(int connection, int type, const void *data, size_t size)
{
    if (type == AETERNA_CHUNK && size > BY_MEMORY)
        return give_memory(connection, data, size);
    if (size > MOST_BULK)
        return -1;
    return send_frame(connection, type, data, size);
}

int aeterna_save_state(int connection, int type, const void *data, size_t size)
{
    int own, answer = 0, descriptor = -1, bad;
    size_t length = 0;
    if (connection >= 0)
        return give(connection, type, data, size);
    own = open_state_socket();
    if (own < 0)
        return -1;
    bad = give(own, type, data, size) || send_frame(own, AETERNA_FINISHED, "", 0)
        || receive_header(own, &answer, &length, &descriptor) || answer != AETERNA_FINISHED;
    if (bad)
        say("the state was not taken");
    if (descriptor >= 0)
        close(descriptor);
    close(own);
    return bad ? -1 : 0;
}

int aeterna_answer(int provider, void (*source)(int provider, const char *phase, void *context), void *context)
{
    struct aeterna_state request = { 0, NULL, 0, 0 };
    int type = 0, descriptor = -1, bad;
    size_t length = 0;
    bad = receive_header(provider, &type, &length, &descriptor) != 0 || take_bytes(&request, type, provider, length, &descriptor) != 0;
    if (!bad && type == AETERNA_REQUEST) {
        source(provider, strstr(request.data, "final") != NULL ? "final" : "snapshot", context);
        bad = send_frame(provider, AETERNA_FINISHED, "", 0) != 0;
    } else if (!bad && type == AETERNA_ERROR) {
        say("the engine says: %s", (const char *)request.data);
        bad = 1;
    }
    free((void *)request.data);
    if (descriptor >= 0)
        close(descriptor);
    if (bad)
        close(provider);
    return bad ? -1 : 0;
}

/* -- CRC32C --------------------------------------------------------------------------------------------------------------- */

static uint32_t crc_bytes(uint32_t crc, const unsigned char *at, size_t size)
{
    while (size-- > 0) {
        int bit;
        crc ^= *at++;
        for (bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
    }
    return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("sse4.2"))) static uint32_t crc_words(uint32_t crc, const unsigned char *at, size_t words)
{
    unsigned long long wide = crc, word;
    while (words-- > 0) {
        memcpy(&word, at, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
        at += sizeof word;
    }
    return (uint32_t)wide;
}
#endif

uint32_t aeterna_crc32c(const void *data, size_t size)
{
    const unsigned char *at = data;
    uint32_t crc = ~0u;
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("sse4.2")) {
        crc = crc_words(crc, at, size / 8);
        at += size / 8 * 8;
        size %= 8;
    }
#endif
    return ~crc_bytes(crc, at, size);
}

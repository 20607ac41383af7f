/* Counts connections, and goes on counting in the next process. cc -I../../sdk/c counter.c ../../sdk/c/aeterna.c -o counter,
 * or after "make install": cc counter.c $(pkg-config --cflags --libs aeterna) -o counter */
#define _POSIX_C_SOURCE 200809L
#include "aeterna.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned long count, inherited;
static struct pollfd wait[3];

static unsigned long counted(const struct aeterna_state *state)
{
    unsigned long number = 0;
    if (state->type == AETERNA_JSON)
        sscanf(state->data, "{\"count\":%lu}", &number);
    return number;
}

static void give(int provider, const char *phase, void *context)
{
    char text[32];
    int length = snprintf(text, sizeof text, "{\"count\":%lu}", count);
    (void)context;
    aeterna_save_state(provider, AETERNA_JSON, text, (size_t)length);
    if (phase[0] == 'f')
        wait[0].fd = -1; /* the next process serves: what is counted after this word would be lost */
}

static void serve(int listener)
{
    char text[64];
    int length, client = accept(listener, NULL, NULL);
    if (client < 0)
        return;
    length = snprintf(text, sizeof text, "%lu %ld\n", ++count, (long)getpid());
    if (write(client, text, (size_t)length) != length)
        perror("write");
    close(client);
}

int main(int argc, char **argv)
{
    struct aeterna_state state;
    int listener = aeterna_listen("127.0.0.1", argc > 1 ? atoi(argv[1]) : 8081, NULL);
    if (listener < 0) {
        perror("cannot listen");
        return 1;
    }
    if (aeterna_load_state_and_follow(&state, &wait[2].fd))
        count = inherited = counted(&state);
    aeterna_free_state(&state);
    fcntl(listener, F_SETFL, O_NONBLOCK); /* the other process may be faster at a client, and a wait for the next one would hold up the last word */
    wait[0].fd = listener;
    wait[1].fd = aeterna_provide();
    wait[0].events = wait[1].events = wait[2].events = POLLIN;
    aeterna_ready();
    for (;;) {
        if (poll(wait, 3, -1) < 0)
            continue;
        if (wait[1].revents != 0 && aeterna_answer(wait[1].fd, give, NULL) != 0)
            wait[1].fd = -1;
        if (wait[2].revents != 0) {
            if (aeterna_take_final(wait[2].fd, &state))
                count += counted(&state) - inherited; /* both counted for a moment */
            aeterna_free_state(&state);
            wait[2].fd = -1;
        }
        if (wait[0].fd >= 0 && wait[0].revents != 0)
            serve(listener);
    }
}

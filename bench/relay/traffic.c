/* The two ends of a relay benchmark, as cheap as they can be, so that what lies between them is what is measured.
 *
 *   traffic sink PORT                          reads and throws away; answers each line that begins with '?' by itself
 *   traffic pump PORT CONNECTIONS SECONDS      as many bytes as go through, lines of 200 bytes; prints MB/s
 *   traffic pace PORT CONNECTIONS SECONDS RATE lines of 200 bytes at a rate, each a write of its own; prints lines sent
 *   traffic ping PORT SECONDS                  a line of 200 bytes and its answer, in turn; prints p50 and p99 in microseconds
 *   traffic idle PORT CONNECTIONS              opens connections, prints a line, and ends when its standard input does
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 200, CHUNK = 256 * 1024 };

static void die(const char *what)
{
    fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    return s;
}

static void sink(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    static char buffer[CHUNK];
    int on = 1, epoll = epoll_create1(EPOLL_CLOEXEC), listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4096) < 0)
        die("listen");
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            int s = events[i].data.fd;
            if (s == listener) {
                int client = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
                event.data.fd = client;
                if (client >= 0)
                    epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
                continue;
            }
            ssize_t got = recv(s, buffer, CHUNK, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                close(s);
            else if (got > 0 && buffer[0] == '?')
                send(s, buffer, (size_t)got, MSG_NOSIGNAL);
        }
    }
}

static void fill(char *lines, size_t size)
{
    memset(lines, 'a', size);
    for (size_t i = LINE - 1; i < size; i += LINE)
        lines[i] = '\n';
}

static void pump(int port, int connections, double seconds)
{
    static char lines[LINE * 640];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    size_t *at = calloc((size_t)connections, sizeof *at);
    int *sockets = calloc((size_t)connections, sizeof *sockets);
    struct epoll_event event = {.events = EPOLLOUT}, events[64];
    double begin, end, sent = 0;
    fill(lines, sizeof lines);
    for (int i = 0; i < connections; i++) {
        sockets[i] = dial(port);
        fcntl(sockets[i], F_SETFL, O_NONBLOCK);
        event.data.u32 = (uint32_t)i;
        epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event);
    }
    begin = now();
    end = begin + seconds;
    while (now() < end) {
        int ready = epoll_wait(epoll, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            uint32_t n = events[i].data.u32;
            ssize_t put = send(sockets[n], lines + at[n], sizeof lines - at[n], MSG_NOSIGNAL);
            if (put < 0 && errno != EAGAIN)
                die("send");
            if (put > 0) {
                at[n] = (at[n] + (size_t)put) % sizeof lines;
                sent += (double)put;
            }
        }
    }
    printf("%.1f\n", sent / 1e6 / (now() - begin));
}

static void pace(int port, int connections, double seconds, double rate)
{
    char line[LINE];
    int *sockets = calloc((size_t)connections, sizeof *sockets);
    double begin;
    long sent = 0;
    fill(line, sizeof line);
    for (int i = 0; i < connections; i++) {
        int on = 1;
        sockets[i] = dial(port);
        setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    begin = now();
    while (now() - begin < seconds) {
        long due = (long)((now() - begin) * rate);
        for (; sent < due; sent++)
            if (send(sockets[sent % connections], line, sizeof line, MSG_NOSIGNAL) != sizeof line)
                die("send");
        usleep(50);
    }
    printf("%ld\n", sent);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void ping(int port, double seconds)
{
    enum { MOST = 1000000 };
    static double took[MOST];
    char line[LINE], answer[LINE];
    int s = dial(port), on = 1;
    long count = 0;
    double end = now() + seconds;
    fill(line, sizeof line);
    line[0] = '?';
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (now() < end && count < MOST) {
        double begin = now();
        if (send(s, line, sizeof line, MSG_NOSIGNAL) != sizeof line || recv(s, answer, sizeof answer, MSG_WAITALL) != sizeof answer)
            die("ping");
        took[count++] = (now() - begin) * 1e6;
    }
    qsort(took, (size_t)count, sizeof *took, by_value);
    printf("%.1f %.1f\n", took[count / 2], took[count * 99 / 100]);
}

static void idle(int port, int connections)
{
    char end;
    for (int i = 0; i < connections; i++)
        dial(port);
    printf("open\n");
    fflush(stdout);
    while (read(0, &end, 1) > 0)
        ;
}

int main(int count, char **words)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    if (count == 3 && !strcmp(words[1], "sink"))
        sink(atoi(words[2]));
    else if (count == 5 && !strcmp(words[1], "pump"))
        pump(atoi(words[2]), atoi(words[3]), atof(words[4]));
    else if (count == 6 && !strcmp(words[1], "pace"))
        pace(atoi(words[2]), atoi(words[3]), atof(words[4]), atof(words[5]));
    else if (count == 4 && !strcmp(words[1], "ping"))
        ping(atoi(words[2]), atof(words[3]));
    else if (count == 4 && !strcmp(words[1], "idle"))
        idle(atoi(words[2]), atoi(words[3]));
    else {
        fprintf(stderr, "usage: traffic sink|pump|pace|ping|idle PORT ...\n");
        return 2;
    }
    return 0;
}

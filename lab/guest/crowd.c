/*
 * crowd: a process with something of everything in it, so that a dump of the guest has something to show.
 *
 * crowd [TASKS [DIRECTORY]] starts a process with threads, open files (one deleted, one mapped), a pipe, sockets,
 * an epoll set and other anonymous descriptors, and a parent of TASKS sleeping children; then says so and sleeps.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#define THREADS 4
#define MAPPED_BYTES 65536

static const char *directory = "/tmp";

static int open_file(const char *name, size_t size)
{
    char path[256];
    char block[4096];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    memset(block, 'p', sizeof(block));
    for (size_t done = 0; file >= 0 && done < size; done += sizeof(block))
        if (write(file, block, sizeof(block)) < 0)
            break;
    return file;
}

static void open_files(void)
{
    char path[256];
    int mapped = open_file("mapped-file", MAPPED_BYTES);

    open_file("plain-file", 10000);
    open_file("deleted-file", 5000);
    snprintf(path, sizeof(path), "%s/deleted-file", directory);
    unlink(path);
    char *memory = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);
    if (memory != MAP_FAILED)
        memory[100] = 'x';
    memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED)
        memset(memory, 0x5a, 1 << 20);
}

static void open_sockets(void)
{
    struct sockaddr_in inet = { .sin_family = AF_INET, .sin_port = htons(2323), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    int pair[2];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int datagram = socket(AF_INET, SOCK_DGRAM, 0);
    int named = socket(AF_UNIX, SOCK_STREAM, 0);

    bind(listener, (struct sockaddr *)&inet, sizeof(inet));
    listen(listener, 5);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    connect(client, (struct sockaddr *)&inet, sizeof(inet));
    accept(listener, NULL, NULL);
    inet.sin_port = htons(5353);
    bind(datagram, (struct sockaddr *)&inet, sizeof(inet));
    snprintf(local.sun_path, sizeof(local.sun_path), "%s/socket", directory);
    bind(named, (struct sockaddr *)&local, sizeof(local));
    listen(named, 5);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
}

static void open_anonymous(void)
{
    sigset_t signals;
    int pipes[2];
    struct itimerspec period = { .it_value.tv_sec = 3600 };
    struct epoll_event interest = { .events = EPOLLIN };
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    int epoll = epoll_create1(0);
    int event = eventfd(7, 0);

    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    signalfd(-1, &signals, 0);
    timerfd_settime(timer, 0, &period, NULL);
    inotify_add_watch(inotify_init(), directory, IN_CREATE);
    if (pipe(pipes) == 0)
        epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &interest);
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &interest);
}

static void *thread_body(void *argument)
{
    char name[16];

    snprintf(name, sizeof(name), "crowd/%ld", (long)argument);
    prctl(PR_SET_NAME, name);
    for (;;)
        sleep(100000);
    return NULL;
}

static void start_threads(void)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (long i = 1; i < THREADS; i++)
        pthread_create(&thread, &attributes, thread_body, (void *)i);
}

static void start_children(int count)
{
    for (int i = 0; i < count; i++) {
        if (fork() != 0)
            continue;
        char name[16];
        snprintf(name, sizeof(name), "child-%d", i);
        prctl(PR_SET_NAME, name);
        for (;;)
            pause();
    }
}

int main(int argc, char **argv)
{
    int children = argc > 1 ? atoi(argv[1]) : 2;

    if (argc > 2)
        directory = argv[2];
    signal(SIGUSR1, SIG_IGN);
    start_children(children);
    if (chdir(directory) != 0)
        return 1;
    open_files();
    open_sockets();
    open_anonymous();
    start_threads();
    int ready = open("/tmp/crowd-ready", O_CREAT | O_WRONLY, 0644);
    close(ready);
    for (;;)
        pause();
}

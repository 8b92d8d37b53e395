/*
 * witness: writes down what the kernel says of itself, as a tar archive, and then makes it crash.
 *
 *     witness DEVICE [before=WAY] [set=FILE=VALUE]… [pages] [after=WAY | sysrq=LETTER | memory | exit]
 *
 * "before" triggers a way of the crashme module before the testimony is taken (tasks that block each other have to be
 * seen blocked), "set" writes a kernel setting after it, "pages" keeps the kernel's flags of every page in this process's own
 * memory, where an unfiltered dump has them, and leaves some secrets in the kernel's, and the last argument is how the kernel is to die.
 * One process does it all, so that no process comes or goes between the testimony and the crash.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_LIMIT (24 << 20)
#define PAGES_AT 0x500000000000
#define PAGES_SIZE (8 << 20)
#define TRIGGER "/sys/kernel/debug/crashme/trigger"

static char *buffer;
static int archive;

/* --- the tar archive ---------------------------------------------------------------------------------------- */

static char block[1 << 16];
static size_t used;

static void flush(void)
{
    if (write(archive, block, sizeof(block)) < 0)
        printf("LAB witness: %s\n", strerror(errno));
    memset(block, 0, sizeof(block));
    used = 0;
}

static void emit(const char *bytes, size_t size)
{
    while (size > 0) {
        size_t part = sizeof(block) - used < size ? sizeof(block) - used : size;
        memcpy(block + used, bytes, part);
        used += part;
        bytes += part;
        size -= part;
        if (used == sizeof(block))
            flush();
    }
}

static void add_bytes(const char *name, const char *bytes, size_t size)
{
    char header[512] = { 0 };
    static const char zeros[512];
    unsigned sum = 0;

    snprintf(header, 100, "%s", name);
    strcpy(header + 100, "0000644");
    strcpy(header + 108, "0000000");
    strcpy(header + 116, "0000000");
    snprintf(header + 124, 12, "%011zo", size);
    strcpy(header + 136, "00000000000");
    memset(header + 148, ' ', 8);
    header[156] = '0';
    memcpy(header + 257, "ustar\00000", 8);
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06o", sum);
    emit(header, sizeof(header));
    emit(bytes, size);
    emit(zeros, (512 - size % 512) % 512);
}

/* --- the testimony ------------------------------------------------------------------------------------------ */

static void add_file(const char *path, const char *name)
{
    int file = open(path, O_RDONLY);
    ssize_t part;
    size_t size = 0;

    if (file < 0)
        return;
    while (size < FILE_LIMIT && (part = read(file, buffer + size, FILE_LIMIT - size)) > 0)
        size += part;
    close(file);
    add_bytes(name, buffer, size);
}

/* The links of a directory, one a line: NAME -> TARGET. */
static void add_links(const char *directory, const char *name)
{
    DIR *open_directory = opendir(directory);
    struct dirent *entry;
    char path[512], target[4096];
    size_t size = 0;

    if (!open_directory)
        return;
    while ((entry = readdir(open_directory))) {
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        ssize_t length = readlink(path, target, sizeof(target) - 1);
        if (length < 0)
            continue;
        target[length] = 0;
        size += snprintf(buffer + size, FILE_LIMIT - size, "%s -> %s\n", entry->d_name, target);
    }
    closedir(open_directory);
    add_bytes(name, buffer, size);
}

static void add_files(const char *from, const char *to, const char *names)
{
    char list[1024], path[512], name[512];

    snprintf(list, sizeof(list), "%s", names);
    for (char *word = strtok(list, " "); word; word = strtok(NULL, " ")) {
        snprintf(path, sizeof(path), "%s/%s", from, word);
        snprintf(name, sizeof(name), "%s/%s", to, word);
        add_file(path, name);
    }
}

static void add_threads(const char *pid)
{
    char directory[128], from[256], to[256];
    struct dirent *entry;

    snprintf(directory, sizeof(directory), "/proc/%s/task", pid);
    DIR *tasks = opendir(directory);
    while (tasks && (entry = readdir(tasks))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(from, sizeof(from), "%s/%s", directory, entry->d_name);
        snprintf(to, sizeof(to), "proc/%s/task/%s", pid, entry->d_name);
        add_files(from, to, "comm status stat stack wchan");
    }
    if (tasks)
        closedir(tasks);
}

static void add_process(const char *pid)
{
    char from[128], to[128], path[256], name[256];

    snprintf(from, sizeof(from), "/proc/%s", pid);
    snprintf(to, sizeof(to), "proc/%s", pid);
    add_files(from, to, "comm cmdline status stat statm maps smaps stack wchan limits cgroup mountinfo io sched environ");
    snprintf(path, sizeof(path), "%s/fd", from);
    snprintf(name, sizeof(name), "%s/fd", to);
    add_links(path, name);
    snprintf(name, sizeof(name), "%s/links", to); /* cwd, exe, root */
    add_links(from, name);
    add_threads(pid);
}

static void add_processes(void)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;

    while (processes && (entry = readdir(processes)))
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            add_process(entry->d_name);
    if (processes)
        closedir(processes);
}

static void add_module_sections(void)
{
    char directory[256], name[300], text[4096];
    DIR *modules = opendir("/sys/module");
    struct dirent *module, *section;

    while (modules && (module = readdir(modules))) {
        snprintf(directory, sizeof(directory), "/sys/module/%.64s/sections", module->d_name);
        DIR *sections = opendir(directory);
        size_t size = 0;
        while (sections && (section = readdir(sections))) {
            if (section->d_name[0] == '.' && (section->d_name[1] == 0 || section->d_name[1] == '.'))
                continue;
            snprintf(name, sizeof(name), "%s/%.100s", directory, section->d_name);
            int file = open(name, O_RDONLY);
            ssize_t length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
            if (file >= 0)
                close(file);
            if (length > 0)
                size += snprintf(buffer + size, FILE_LIMIT - size, "%s %.*s", section->d_name, (int)length, text);
        }
        if (sections)
            closedir(sections);
        if (size > 0) {
            snprintf(name, sizeof(name), "sys/module/%.64s/sections", module->d_name);
            add_bytes(name, buffer, size);
        }
    }
    if (modules)
        closedir(modules);
}

static void add_log(void)
{
    int length = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, buffer, FILE_LIMIT);

    if (length > 0)
        add_bytes("dmesg", buffer, length);
}

static void testify(const char *device)
{
    archive = open(device, O_WRONLY);
    if (archive < 0) {
        printf("LAB witness: %s: %s\n", device, strerror(errno));
        return;
    }
    add_files("/tmp/commands", "commands", "ps ps-threads mount df lsmod free netstat id uname");
    add_files("/tmp/commands", "proc", "kallsyms");
    add_files("/proc", "proc", "version cmdline modules iomem ioports interrupts softirqs devices partitions filesystems "
        "mounts swaps slabinfo buddyinfo pagetypeinfo zoneinfo vmallocinfo cpuinfo consoles crypto locks misc diskstats "
        "schedstat timer_list kcore-missing config.gz key-users");
    add_files("/proc/net", "proc/net", "tcp tcp6 udp unix netlink packet dev route arp raw");
    add_files("/proc/sys/kernel", "proc/sys/kernel", "tainted pid_max threads-max randomize_va_space osrelease ostype "
        "version hostname domainname printk panic_on_oops hung_task_timeout_secs watchdog_thresh sysrq");
    add_files("/sys/kernel", "sys/kernel", "vmcoreinfo notes kexec_crash_loaded kexec_crash_size kexec_loaded");
    add_module_sections();
    add_processes();
    add_files("/proc", "proc", "meminfo vmstat stat loadavg uptime");
    add_log();
    memset(buffer, 0, 1024);
    emit(buffer, 1024); /* two empty records end an archive */
    flush();
    fsync(archive);
    close(archive);
}

/* --- the end ------------------------------------------------------------------------------------------------ */

static void put(const char *path, const char *text)
{
    int file = open(path, O_WRONLY);

    if (file < 0 || write(file, text, strlen(text)) < 0)
        printf("LAB witness: %s: %s\n", path, strerror(errno));
    if (file >= 0)
        close(file);
}

static void eat_memory(void)
{
    const size_t portion = 4 << 20;

    for (;;) {
        char *memory = mmap(NULL, portion, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED)
            memset(memory, 0xee, portion);
    }
}

/* Huge pages of both kinds, so that there are some to be told apart. */
static void take_huge_pages(void)
{
    const size_t huge = 2 << 20;
    char *memory = mmap(NULL, huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

    if (memory != MAP_FAILED)
        memset(memory, 0xdd, huge);
    memory = mmap(NULL, 3 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    memory = (char *)(((unsigned long)memory + huge - 1) & ~(huge - 1));
    madvise(memory, 2 * huge, MADV_HUGEPAGE);
    memset(memory, 0xcc, 2 * huge);
}

/* What a process may have handed to the kernel and wouldn't want to be read: a key, data on its way through a socket and a pipe. */
static void leave_secrets(void)
{
    static const char key[] = "PANICLE-SECRET of a key", sent[] = "PANICLE-SECRET in a socket", piped[] = "PANICLE-SECRET in a pipe";
    int sockets[2], pipes[2];

    if (syscall(SYS_add_key, "user", "panicle", key, sizeof(key), -2 /* KEY_SPEC_PROCESS_KEYRING */) < 0)
        printf("LAB witness: key: %s\n", strerror(errno));
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0 || write(sockets[0], sent, sizeof(sent)) < 0)
        printf("LAB witness: socket: %s\n", strerror(errno));
    if (pipe(pipes) < 0 || write(pipes[1], piped, sizeof(piped)) < 0)
        printf("LAB witness: pipe: %s\n", strerror(errno));
}

/*
 * /proc/kpageflags, a word for each page, at PAGES_AT: its length in bytes and the words. Nothing is written to a disk, which would
 * change the very pages that are asked about.
 */
static void keep_page_flags(void)
{
    unsigned long *kept = mmap((void *)PAGES_AT, PAGES_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_FIXED, -1, 0);
    int file = open("/proc/kpageflags", O_RDONLY);
    ssize_t part;

    take_huge_pages();
    leave_secrets();
    if (kept == MAP_FAILED || file < 0) {
        printf("LAB witness: page flags: %s\n", strerror(errno));
        return;
    }
    while (kept[0] < PAGES_SIZE - 8 && (part = read(file, (char *)(kept + 1) + kept[0], PAGES_SIZE - 8 - kept[0])) > 0)
        kept[0] += part;
}

static void die(const char *how)
{
    if (strncmp(how, "after=", 6) == 0)
        put(TRIGGER, how + 6);
    else if (strncmp(how, "sysrq=", 6) == 0)
        put("/proc/sysrq-trigger", how + 6);
    else if (strcmp(how, "memory") == 0)
        eat_memory();
    else if (strcmp(how, "exit") == 0)
        exit(1);
}

static void set(char *assignment)
{
    char *value = strchr(assignment, '=');

    if (!value)
        return;
    *value = 0;
    put(assignment, value + 1);
    *value = '=';
}

int main(int argc, char **argv)
{
    buffer = malloc(FILE_LIMIT);
    setvbuf(stdout, NULL, _IONBF, 0);
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], "before=", 7) == 0) {
            put(TRIGGER, argv[i] + 7);
            sleep(1);
        }
    testify(argv[1]);
    printf("LAB testified\n");
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], "set=", 4) == 0)
            set(argv[i] + 4);
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "pages") == 0)
            keep_page_flags();
    for (int i = 2; i < argc; i++)
        die(argv[i]);
    for (;;) /* what was started above does the rest */
        pause();
}

/*
 * load-capture KERNEL INITRAMFS COMMAND-LINE: has the running kernel load the kernel that takes over when it panics
 * (kexec_file_load(2) with KEXEC_FILE_ON_CRASH). With no arguments: unloads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long result;

    if (argc < 4) {
        result = syscall(SYS_kexec_file_load, -1, -1, 0ul, NULL, KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH);
    } else {
        int kernel = open(argv[1], O_RDONLY);
        int initramfs = open(argv[2], O_RDONLY);
        result = syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[3]) + 1, argv[3], KEXEC_FILE_ON_CRASH);
    }
    if (result != 0)
        printf("LAB load-capture: %s\n", strerror(errno));
    return result != 0;
}

/* A disk that fails or is watched: loaded before libc, it counts what a process does to the files of one folder.
 *
 * disk_arm(root, n, error): the n-th operation under `root` fails with `error`; error -1 kills the process there.
 * disk_watch(root, log): every operation is also written to the file descriptor `log`, see _disk.py for the records.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char root[PATH_MAX];
static long fail_at, count;
static int fail_with, log_to = -1;

void disk_arm(const char *folder, long n, int error) {
    strncpy(root, folder, sizeof root - 1);
    fail_at = n, fail_with = error, count = 0;
}
void disk_watch(const char *folder, int log) {
    strncpy(root, folder, sizeof root - 1);
    log_to = log, count = 0;
}
long disk_count(void) { return count; }

static int ours(const char *path) { return root[0] && path && !strncmp(path, root, strlen(root)) && !strstr(path, "-shm"); }
static int path_of(int fd, char *path) {
    char link[64];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = root[0] ? readlink(link, path, PATH_MAX - 1) : -1;
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    return ours(path);
}
static void note(char kind, const char *path, const char *other, int64_t offset, const void *data, uint32_t length) {
    if (log_to < 0) return;
    char head[2 * PATH_MAX + 64];
    int size = snprintf(head, sizeof head, "%c\t%s\t%s\t%lld\t%u\n", kind, path, other, (long long)offset, length);
    syscall(SYS_write, log_to, head, size);
    for (uint32_t done = 0; done < length;) {
        long n = syscall(SYS_write, log_to, (const char *)data + done, length - done);
        if (n <= 0) break;
        done += n;
    }
}
/* Returns 1 when this operation is to fail. */
static int fails(void) {
    count++;
    if (!fail_at || count != fail_at) return 0;
    if (fail_with == -1) kill(getpid(), SIGKILL);
    errno = fail_with;
    return 1;
}
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static ssize_t write_at(int fd, const void *data, size_t size, off_t offset) {
    char path[PATH_MAX];
    int is_ours = path_of(fd, path);
    if (is_ours && fails()) return -1;
    ssize_t done = offset < 0 ? syscall(SYS_write, fd, data, size) : syscall(SYS_pwrite64, fd, data, size, offset);
    if (is_ours && done > 0) {
        if (offset < 0) offset = lseek(fd, 0, SEEK_CUR) - done;
        note('w', path, "", offset, data, done);
    }
    return done;
}
ssize_t write(int fd, const void *data, size_t size) { return write_at(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return write_at(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return write_at(fd, data, size, offset); }

static int sync_one(int fd, long call) {
    char path[PATH_MAX];
    int is_ours = path_of(fd, path);
    if (is_ours && fails()) return -1;
    if (is_ours) note('s', path, "", 0, 0, 0); /* nothing is synced for real: the drill decides what reached the disk */
    return is_ours ? 0 : syscall(call, fd);
}
int fsync(int fd) { return sync_one(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_one(fd, SYS_fdatasync); }

static int cut(int fd, off_t length) {
    char path[PATH_MAX];
    int is_ours = path_of(fd, path);
    if (is_ours && fails()) return -1;
    int done = syscall(SYS_ftruncate, fd, length);
    if (is_ours && !done) note('t', path, "", length, 0, 0);
    return done;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int open_one(int folder, const char *path, int flags, mode_t mode) {
    struct stat status;
    int saved = errno, creates = (flags & O_CREAT) && ours(path) && stat(path, &status);
    errno = saved;
    if (ours(path) && fails()) return -1;
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && creates) note('c', path, "", 0, 0, 0);
    return fd;
}
#define OPEN(name)                                                                 \
    int name(const char *path, int flags, ...) {                                   \
        va_list rest;                                                              \
        va_start(rest, flags);                                                     \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                  \
        va_end(rest);                                                              \
        return open_one(AT_FDCWD, path, flags, mode);                              \
    }
OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode) {
    if (ours(path) && fails()) return -1;
    int done = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (ours(path) && !done) note('m', path, "", 0, 0, 0);
    return done;
}
int unlink(const char *path) {
    if (ours(path) && fails()) return -1;
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (ours(path) && !done) note('u', path, "", 0, 0, 0);
    return done;
}
int rename(const char *from, const char *to) {
    if (ours(from) && fails()) return -1;
    int done = REAL(rename)(from, to);
    if (ours(from) && !done) note('r', from, to, 0, 0, 0);
    return done;
}

/* A guest in C, by the functions of POSIX as wasi-libc has them. It prints how each case ended: `ok`, or the error. The folders `/rw` and `/ro` are
 * granted, the second to be read only; each has the files `inside` and the links `out` (to `../secret`) and `dangling`. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void said(const char *name, int result) {
    printf("%s: %s\n", name, result < 0 ? strerror(errno) : "ok");
}

static int opened(const char *path, int how) {
    int fd = open(path, how, 0666);
    if (fd >= 0) {
        close(fd);
    }
    return fd;
}

static int listed(const char *path, const char *wanted) {
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return -1;
    }
    int found = -1;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, wanted) == 0) {
            found = 0;
        }
    }
    closedir(folder);
    return found;
}

static void escapes(void) {
    said("dots", opened("/rw/../secret", O_RDONLY));
    said("dots behind a folder", opened("/rw/sub/../../secret", O_RDONLY));
    said("absolute", opened("/etc/passwd", O_RDONLY));
    said("a link that was there", opened("/rw/out", O_RDONLY));
    said("a link that was there, to write", opened("/rw/dangling", O_WRONLY | O_CREAT));
    said("make a link outwards", symlink("../secret", "/rw/made"));
    said("follow it", opened("/rw/made", O_RDONLY));
    said("make an absolute link", symlink("/etc/passwd", "/rw/absolute"));
    said("link to a link", symlink("out", "/rw/chained"));
    said("follow the chain", opened("/rw/chained", O_RDONLY));
    said("hard link of the link", link("/rw/out", "/rw/hard"));
    said("follow the hard link", opened("/rw/hard", O_RDONLY));
    said("rename outwards", rename("/rw/inside", "/rw/../lost"));
    said("folder outside", mkdir("/rw/../made", 0777));
}

static void files(void) {
    said("read", opened("/rw/inside", O_RDONLY));
    said("slash behind a file", opened("/rw/inside/", O_RDONLY));
    said("a folder to write", opened("/rw/sub", O_WRONLY));
    said("exclusive", opened("/rw/inside", O_WRONLY | O_CREAT | O_EXCL));
    said("list", listed("/rw", "inside"));
    said("no folder", listed("/rw/inside", "inside"));
    said("across", rename("/rw/inside", "/ro/inside"));
    said("make", mkdir("/rw/new", 0777));
    said("remove", rmdir("/rw/new"));
    said("a full folder", rmdir("/rw/sub"));
}

static void read_only(void) {
    said("read-only, read", opened("/ro/inside", O_RDONLY));
    said("read-only, write", opened("/ro/inside", O_WRONLY));
    said("read-only, truncate", opened("/ro/inside", O_RDONLY | O_TRUNC));
    said("read-only, create", opened("/ro/new", O_WRONLY | O_CREAT));
    said("read-only, unlink", unlink("/ro/inside"));
    said("read-only, link", link("/ro/inside", "/ro/new"));
    said("read-only, symlink", symlink("inside", "/ro/new"));
    said("read-only, rename", rename("/ro/inside", "/ro/new"));
    said("read-only, mkdir", mkdir("/ro/new", 0777));
    struct timespec times[2] = {{1, 0}, {1, 0}};
    said("read-only, times", utimensat(AT_FDCWD, "/ro/inside", times, 0));
}

static void descriptors(void) {
    char byte;
    int fd = open("/rw/inside", O_RDONLY);
    said("close", close(fd));
    said("close again", close(fd));
    said("read a closed one", (int)read(fd, &byte, 1));
    int again = open("/rw/inside", O_RDONLY);
    said("the number is used again", again == fd ? 0 : -1);
    said("write what is open to read", (int)write(again, "x", 1));
    said("seek before the start", (int)lseek(again, -1, SEEK_SET));
    close(again);
    DIR *folder = fdopendir(open("/rw", O_RDONLY | O_DIRECTORY));
    said("fdopendir", folder == NULL ? -1 : 0);
    said("a folder below", openat(dirfd(folder), "sub", O_RDONLY | O_DIRECTORY) < 0 ? -1 : 0);
    closedir(folder);
    fd = open("/rw/inside", O_RDWR);
    said("advise", posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0 ? 0 : -1);
    said("append only", fcntl(fd, F_SETFL, O_APPEND));
    close(fd);
    said("read from no descriptor", (int)read(1000, &byte, 1));
}

static void rest(void) {
    struct timespec time;
    said("resolution", clock_getres(CLOCK_MONOTONIC, &time));
    said("it is no zero", time.tv_sec == 0 && time.tv_nsec > 0 ? 0 : -1);
    said("poll for a while", poll(NULL, 0, 1));
    static unsigned char bytes[256];
    said("entropy", getentropy(bytes, sizeof bytes));
    printf("variable: %s\n", getenv("ODD") == NULL ? "none" : getenv("ODD"));
}

int main(void) {
    escapes();
    files();
    read_only();
    descriptors();
    rest();
    return 200;
}

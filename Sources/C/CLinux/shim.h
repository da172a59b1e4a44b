// Linux calls that Glibc's Swift module does not carry: event, timer and signal descriptors, ptys, termios ioctls.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <linux/rtc.h>
#include <malloc.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// ioctl is variadic, which Swift does not import: one inline per shape of argument.
static inline int linux_ioctl_none(int descriptor, unsigned long request) { return ioctl(descriptor, request); }
static inline int linux_ioctl_int(int descriptor, unsigned long request, int *value) {
    return ioctl(descriptor, request, value);
}
// Lets the driver switch an RS-485 transceiver to sending by RTS, and back when the last bit has left.
static inline int linux_switch_rs485(int descriptor) {
    struct serial_rs485 wanted;
    if (ioctl(descriptor, TIOCGRS485, &wanted) != 0) return -1;
    wanted.flags |= SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
    wanted.flags &= ~(unsigned)(SER_RS485_RTS_AFTER_SEND | SER_RS485_RX_DURING_TX);
    return ioctl(descriptor, TIOCSRS485, &wanted);
}
// open is variadic as well.
static inline int linux_open(const char *path, int flags, unsigned mode) { return open(path, flags, mode); }
static inline int linux_fcntl(int descriptor, int command, int argument) {
    return fcntl(descriptor, command, argument);
}
// glibc declares socket addresses as transparent unions, which reach Swift as structures nobody can make.
static inline int linux_connect(int descriptor, const void *address, socklen_t length) {
    return connect(descriptor, (const struct sockaddr *)address, length);
}
static inline int linux_bind(int descriptor, const void *address, socklen_t length) {
    return bind(descriptor, (const struct sockaddr *)address, length);
}
static inline int linux_accept(int descriptor) {
    return accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
static inline int linux_getpeername(int descriptor, void *address, socklen_t *length) {
    return getpeername(descriptor, (struct sockaddr *)address, length);
}
static inline int linux_getsockname(int descriptor, void *address, socklen_t *length) {
    return getsockname(descriptor, (struct sockaddr *)address, length);
}

// One datagram to a Unix socket; a path that begins with '@' names an abstract one. Returns 0, or the error number.
static inline int linux_unix_datagram(const char *path, const char *text, size_t length) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = 0;
    while (path[size] != 0) size++;
    if (size == 0 || size >= sizeof address.sun_path) return ENAMETOOLONG;
    for (size_t index = 0; index < size; index++) address.sun_path[index] = path[index];
    if (path[0] == '@') address.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    socklen_t whole = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    ssize_t sent = sendto(descriptor, text, length, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, whole);
    int code = sent < 0 ? errno : 0;
    close(descriptor);
    return code;
}

// A listening Unix socket, non-blocking; an old socket at the path is removed first. Returns it, or minus the error
// number.
static inline int linux_unix_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    size_t size = 0;
    while (path[size] != 0) size++;
    if (size == 0 || size >= sizeof address.sun_path) return -ENAMETOOLONG;
    for (size_t index = 0; index < size; index++) address.sun_path[index] = path[index];
    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) unlink(path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0 || listen(descriptor, 16) != 0) {
        int code = errno;
        close(descriptor);
        return -code;
    }
    return descriptor;
}

// Whether a backup clock says that it has lost its time (`lost` not 0); fails where chip or kernel cannot tell.
static inline int linux_rtc_lost(int descriptor, int *lost) {
    unsigned int flags = 0;
    if (ioctl(descriptor, RTC_VL_READ, &flags) != 0) return -1;
    *lost = (flags & (RTC_VL_DATA_INVALID | RTC_VL_BACKUP_EMPTY)) != 0;
    return 0;
}

// The time of a backup clock as Unix seconds; it runs in UTC. Fails as the kernel does for an impossible time.
static inline int linux_rtc_time(int descriptor, long long *seconds) {
    struct rtc_time time;
    if (ioctl(descriptor, RTC_RD_TIME, &time) != 0) return -1;
    struct tm civil = {.tm_sec = time.tm_sec, .tm_min = time.tm_min, .tm_hour = time.tm_hour,
                       .tm_mday = time.tm_mday, .tm_mon = time.tm_mon, .tm_year = time.tm_year};
    *seconds = timegm(&civil);
    return 0;
}

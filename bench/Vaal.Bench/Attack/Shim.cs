using System.ComponentModel;
using System.Diagnostics;

namespace Vaal.Bench.Attack;

/// <summary>
/// A library that is loaded before the system's own and makes one of its calls go wrong: the n-th write, flush, rename
/// or change of length of a file in one folder. It is compiled when it is needed; without a C compiler there is none.
/// </summary>
internal static class Shim
{
    private const string Source =
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/types.h>
        #include <unistd.h>

        static int counted;

        static int within(const char *path) {
            const char *folder = getenv("ATTACK_FOLDER");
            return folder && strncmp(path, folder, strlen(folder)) == 0;
        }

        /* 0: the call goes on; else it fails with this errno */
        static int strike(const char *path) {
            if (!within(path)) return 0;
            int number = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST), at = atoi(getenv("ATTACK_AT"));
            const char *how = getenv("ATTACK_HOW");
            if (strcmp(how, "full") == 0) return number >= at ? ENOSPC : 0;
            if (number != at) return 0;
            if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
            return strcmp(how, "eio") == 0 ? EIO : strcmp(how, "enospc") == 0 ? ENOSPC : 0;
        }

        static int struck(int fd) {
            char link[64], path[4096];
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            int error = strike(path);
            if (error) errno = error;
            return error;
        }

        #define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

        ssize_t write(int fd, const void *b, size_t n) { return struck(fd) ? -1 : NEXT(write)(fd, b, n); }
        ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return struck(fd) ? -1 : NEXT(pwrite)(fd, b, n, o); }
        ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o)
        { return struck(fd) ? -1 : NEXT(pwrite64)(fd, b, n, o); }
        int fsync(int fd) { return struck(fd) ? -1 : NEXT(fsync)(fd); }
        int fdatasync(int fd) { return struck(fd) ? -1 : NEXT(fdatasync)(fd); }
        int ftruncate(int fd, off_t o) { return struck(fd) ? -1 : NEXT(ftruncate)(fd, o); }
        int ftruncate64(int fd, off64_t o) { return struck(fd) ? -1 : NEXT(ftruncate64)(fd, o); }
        int rename(const char *from, const char *to) {
            int error = strike(to);
            if (error) { errno = error; return -1; }
            return NEXT(rename)(from, to);
        }
        """;

    /// <summary>The compiled library; null: there is no compiler, or no Linux.</summary>
    public static string? Compile(string folder)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var (source, library) = (Path.Combine(folder, "shim.c"), Path.Combine(folder, "shim.so"));
        File.WriteAllText(source, Source);
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc",
                ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
            { RedirectStandardError = true })!;
            compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? library : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}

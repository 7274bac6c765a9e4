using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Vaal;

/// <summary>
/// Writes a file atomically. A reader, or this program after a crash or a power cut, finds either the old content or
/// the new, never a part. A temporary file in the same folder is flushed to disk and renamed over the old one.
/// </summary>
internal static partial class AtomicFile
{
    private const int NoSpace = 28, NoQuotaLinux = 122, NoQuotaMac = 69;                       // ENOSPC, EDQUOT
    private const int DiskFullWindows = unchecked((int)0x80070070), HandleDiskFullWindows = unchecked((int)0x80070027);
    private const int HeldLinux = 11, HeldMac = 35, HeldWindows = unchecked((int)0x80070020);                // EAGAIN
    /// <summary>Bytes: with the rest of a temporary name they stay below the 255 that a file system takes.</summary>
    private const int LongestStem = 150;

    private static readonly TimeSpan LongAgo = TimeSpan.FromHours(1), JustNow = TimeSpan.FromSeconds(10);

    /// <summary>UTF-8 without a byte order mark.</summary>
    public static void WriteAllText(string path, string text) =>
        WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    public static void WriteAllBytes(string path, ReadOnlyMemory<byte> bytes) =>
        Create(path, file => file.Write(bytes.Span));

    /// <summary>Gives <paramref name="write"/> a seekable stream; if it throws, the old file stays as it was.</summary>
    /// <exception cref="InputException">no space left, or no file can be written there</exception>
    public static void Create(string path, Action<Stream> write) => Create(path, write, overwrite: true);

    /// <summary>The same, unless the file is there already: then it stays as it is.</summary>
    /// <returns>whether this call made the file; of several processes one does</returns>
    public static bool CreateOnce(string path, Action<Stream> write) => Create(path, write, overwrite: false);

    private static bool Create(string path, Action<Stream> write, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(write);
        path = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(path) ?? throw new InputException($"{path} is a folder; expected a file");
        var temporary = Path.Combine(folder, $".{StemOf(path)}.{OfHere}{Guid.NewGuid():N}.tmp");
        var isWriting = false;
        try
        {
            Directory.CreateDirectory(folder);
            DeleteAbandoned(path);
            using (var file =
                new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                isWriting = true;
                write(file);
                file.Flush(flushToDisk: true);
                isWriting = false;
                Touch(file);
            }
            File.Move(temporary, path, overwrite);
            FlushFolder(folder);
            return true;
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (!overwrite && e is IOException && File.Exists(path)) return false;
            if (e is IOException io && IsDiskFull(io))
                throw new InputException($"no space left on the disk of {folder}: {path} was not written", e);
            if (e is UnauthorizedAccessException)
                throw new InputException($"cannot write {path}: permission denied", e);
            if (!isWriting && e is IOException refusal && !IsHeld(refusal))
                throw new InputException($"cannot write {path}: {Reason(refusal, folder)}; choose another place", e);
            throw;
        }
    }

    /// <summary>
    /// No space left, or the user's quota is used up: as the system says it, or as
    /// <see cref="Create(string, Action{Stream})"/> does.
    /// </summary>
    public static bool IsDiskFull(Exception e) =>
        e is not IOException ? e.InnerException is IOException inner && IsDiskFull(inner)
        : OperatingSystem.IsWindows() ? e.HResult is DiskFullWindows or HandleDiskFullWindows
        : e.HResult is NoSpace || e.HResult == (OperatingSystem.IsMacOS() ? NoQuotaMac : NoQuotaLinux);

    /// <summary>Another process, or another stream of this one, holds the file: the answer to
    /// <see cref="FileShare.None"/>. Any other failure is no reason to wait.</summary>
    public static bool IsHeld(IOException e) => e.HResult
        == (OperatingSystem.IsWindows() ? HeldWindows : OperatingSystem.IsMacOS() ? HeldMac : HeldLinux);

    /// <summary>Deletes what writers of this file left beside it when they were killed. It may be as large as the
    /// file.</summary>
    /// <param name="path">a full path, in a folder that is there</param>
    public static void DeleteAbandoned(string path)
    {
        // a name may hold '*' or '?', so it is no pattern
        var start = $".{StemOf(path)}.";
        foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, ".*.tmp")
            .Where(f => Path.GetFileName(f).StartsWith(start, StringComparison.Ordinal)))
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(left) is var age
                && (age > LongAgo || (age > JustNow && IsLeft(left)))) TryDelete(left);
    }

    /// <summary>Whether a temporary file is of a process of this machine that was killed.</summary>
    public static bool IsLeft(string temporary) => IsOfHere(temporary) && IsFree(temporary);

    // a name may be as long as a file system takes, and the temporary one is longer
    private static string StemOf(string path)
    {
        var name = Path.GetFileName(path);
        return Encoding.UTF8.GetByteCount(name) <= LongestStem ? name
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)), 0, 8);
    }

    // what the system says names the temporary file, which nobody asked for
    private static string Reason(IOException e, string folder)
    {
        for (var above = folder; above is not null; above = Path.GetDirectoryName(above))
            if (File.Exists(above)) return $"{above} is a file, expected a folder";
        return e switch
        {
            PathTooLongException => "the name is too long",
            FileNotFoundException or DirectoryNotFoundException => "no file can be made there",
            _ => e.Message.Split(" : '")[0],
        };
    }

    // two machines may share a folder without seeing each other's locks
    private static string OfHere => $"{Environment.MachineName}-";

    private static bool IsOfHere(string temporary) =>
        Path.GetFileName(temporary).Contains($".{OfHere}", StringComparison.Ordinal);

    // Nobody holds the file from here until it is renamed, and flushing it may have taken long.
    private static void Touch(FileStream file)
    {
        try { File.SetLastWriteTimeUtc(file.SafeFileHandle, DateTime.UtcNow); }
        // some disks let only their owner set times
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    /// <summary>Whether a file that this process holds keeps others out: some network and user-space file systems take
    /// every lock and keep nobody out.</summary>
    public static bool KeepsOthersOut(string path)
    {
        try
        {
            using var second = Alone(path);
            return false;
        }
        catch (IOException e) when (IsHeld(e))
        {
            return true;
        }
    }

    // a writer holds its file; on a file system without locks nobody can tell
    private static bool IsFree(string path)
    {
        try
        {
            using var first = Alone(path);
            return KeepsOthersOut(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStream Alone(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);

    internal static void TryDelete(string path)
    {
        try { File.Delete(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    // The rename itself lives in the folder; .NET cannot open one, and Windows has no such call.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(folder, 0);
        if (handle < 0) return;
        _ = FSync(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}

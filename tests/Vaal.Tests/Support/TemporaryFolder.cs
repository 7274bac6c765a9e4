namespace Vaal.Tests;

/// <summary>
/// A folder of a test's own, gone when the test ends. It is in memory where the system has room there: Vaal flushes its
/// files to disk, and that was half of the time of many tests.
/// </summary>
/// <param name="onDisk">for gigabytes</param>
internal sealed class TemporaryFolder(bool onDisk = false) : IDisposable
{
    private const string Memory = "/dev/shm";
    private const long Room = 1L << 30;

    // a container often has 64 MB there
    private static readonly bool _hasRoom = OperatingSystem.IsLinux() && Directory.Exists(Memory)
        && new DriveInfo(Memory).AvailableFreeSpace > Room;

    public string Path { get; } = (OperatingSystem.IsLinux() && _hasRoom && !onDisk
        ? Directory.CreateDirectory($"{Memory}/vaal-test-{Guid.NewGuid():N}",
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
        : Directory.CreateTempSubdirectory("vaal-test-")).FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file, and the folders above it.</summary>
    public string Write(string relative, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Path, relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string relative, string text) => Write(relative, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

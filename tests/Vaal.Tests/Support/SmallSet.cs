namespace Vaal.Tests;

/// <summary>160 small pictures in four class folders, made once in a process: a pool of 128, and a test set of 32 that
/// every round is tested on at once.</summary>
internal static class SmallSet
{
    private static readonly Lazy<TemporaryFolder> Made = new(Make);

    /// <summary>As it is written in JSON.</summary>
    public static string Folder => Path.Combine(Made.Value.Path, "small").Replace('\\', '/');

    private static TemporaryFolder Make()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        for (var i = 0; i < 160; i++)
        {
            var (c, n) = (i % 4, i / 4);
            folder.Write($"small/class-{c}/{n:00}.png",
                TestImages.Grey(32, 32, (x, y) => (y / 8 == c ? 170 : 30) + (x * 7 + y * 3 + n * 11) % 64));
        }
        return folder;
    }
}

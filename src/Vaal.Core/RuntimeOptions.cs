namespace Vaal;

/// <summary>
/// What Vaal takes of the machine. It holds for the whole process, so a program sets it once, by <see cref="Use"/>,
/// before it calls anything else. The libraries read no environment variable: a program that wants some reads them.
/// </summary>
public sealed class RuntimeOptions
{
    private static readonly Lock Gate = new();
    private static RuntimeOptions _current = new();
    private static bool _used;

    internal RuntimeOptions() { }

    /// <summary>Threads that libtorch computes with; null: one a processor, or fewer if OpenMP allows fewer.</summary>
    internal int? Threads { get; init; }

    /// <summary>Computes in bfloat16 where the processor multiplies it and <c>Precision</c> allows it.</summary>
    internal bool BFloat16 { get; init; } = true;

    /// <summary>Freed blocks of memory up to this size, in MiB, stay with the process (glibc only). 0: the allocator
    /// is left alone; null: a size that suits the width of the VAE that is trained.</summary>
    internal int? KeptBlocks { get; init; }

    /// <summary>Time between two saves of a long training, 0 to 24 hours.</summary>
    internal TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The user's folder for what can be made or fetched again; null: there is none.</summary>
    internal string? CacheFolder { get; init; } = UsersCacheFolder();

    /// <summary>What holds in this process. From the first look on it cannot change.</summary>
    internal static RuntimeOptions Current
    {
        get
        {
            lock (Gate)
            {
                _used = true;
                return _current;
            }
        }
    }

    /// <summary>Sets the options of this process.</summary>
    /// <param name="threads">that libtorch computes with, at least 1; null: one a processor, or fewer if OpenMP allows
    /// fewer</param>
    /// <param name="bFloat16">compute in bfloat16 where the processor multiplies it and <c>Precision</c> allows
    /// it</param>
    /// <param name="checkpointEvery">time between two saves of a long training, 0 to 24 hours; null: 10 seconds</param>
    /// <param name="cacheFolder">full path of the user's folder for what can be made or fetched again; empty: there is
    /// none; null: the usual one, <c>~/.cache/vaal</c> or the system's like</param>
    /// <exception cref="InputException">a value is out of range</exception>
    /// <exception cref="InvalidOperationException">other options are in use already</exception>
    public static void Use(
        int? threads = null, bool bFloat16 = true, TimeSpan? checkpointEvery = null, string? cacheFolder = null)
    {
        var usual = new RuntimeOptions();
        Set(new()
        {
            Threads = threads,
            BFloat16 = bFloat16,
            CheckpointEvery = checkpointEvery ?? usual.CheckpointEvery,
            CacheFolder = cacheFolder is "" ? null : cacheFolder ?? usual.CacheFolder,
        });
    }

    /// <summary>The same, of options that are made.</summary>
    internal static void Set(RuntimeOptions options)
    {
        if (options.Problems().FirstOrDefault() is { } problem) throw new InputException(problem);
        lock (Gate)
        {
            if (_used && _current != options)
                throw new InvalidOperationException(
                    "the options of the process are in use already; set them before anything else of Vaal is called");
            _current = options;
        }
    }

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Threads is < 1) yield return $"expected at least 1 thread, found {Threads}";
        if (KeptBlocks is < 0 or > 1_024) yield return $"expected kept blocks of 0 to 1024 MiB, found {KeptBlocks}";
        if (CheckpointEvery < TimeSpan.Zero || CheckpointEvery > TimeSpan.FromDays(1))
            yield return $"expected 0 to 24 hours between two checkpoints, found {CheckpointEvery}";
        if (CacheFolder is not null && !Path.IsPathRooted(CacheFolder))
            yield return $"expected the full path of a cache folder, found '{CacheFolder}'";
    }

    // ~/.cache/vaal, or the system's like
    private static string? UsersCacheFolder()
    {
        var user = OperatingSystem.IsLinux()
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return Path.IsPathRooted(user) ? Path.Combine(user, "vaal") : null;
    }
}

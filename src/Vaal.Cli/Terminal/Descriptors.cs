using System.Runtime.InteropServices;

namespace Vaal.Cli.Terminal;

/// <summary>How many files this process may hold open. With too few, libraries fail to load and nothing can be said any
/// more, so that it is looked at before all else.</summary>
internal static partial class Descriptors
{
    /// <summary>Indexing needs about 110; this leaves room for more threads.</summary>
    private const int Wanted = 200;

    private const int LinuxNumberOfFiles = 7, MacNumberOfFiles = 8;

    /// <summary>What is wrong, in one line; null: there are enough.</summary>
    public static string? Problem()
    {
        if (OperatingSystem.IsWindows()) return null;
        var resource = OperatingSystem.IsMacOS() ? MacNumberOfFiles : LinuxNumberOfFiles;
        // the runtime has raised the soft limit to the hard one
        return Limit(resource, out var limit) != 0 || limit.Hard >= Wanted ? null
            : $"vaal: expected a limit of at least {Wanted} open files, found {limit.Hard}; "
                + "raise it, such as with: ulimit -n 1024";
    }

    private struct Limits
    {
        public nuint Soft, Hard;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Limit(int resource, out Limits limits);
}

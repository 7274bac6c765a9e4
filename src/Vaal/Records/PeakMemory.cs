namespace Vaal.Records;

/// <summary>
/// The most memory that the process held at once over a stretch of work, in bytes of resident set. Linux keeps that
/// mark (<c>VmHWM</c>) and lets a process set it back to where it is; elsewhere it is not known. It is the whole
/// process's: two stretches at once cannot be told apart.
/// </summary>
internal static class PeakMemory
{
    private const string Marks = "/proc/self/status", Reset = "/proc/self/clear_refs", Peak = "VmHWM:";

    /// <summary>Whether the mark was set back, so that <see cref="Bytes"/> is of what comes after.</summary>
    public static bool Restart()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            File.WriteAllText(Reset, "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;                                                            // a container may forbid it
        }
    }

    /// <summary>Since the last <see cref="Restart"/> that succeeded; null where the system does not say.</summary>
    public static long? Bytes()
    {
        if (!File.Exists(Marks)) return null;
        var line = File.ReadLines(Marks).FirstOrDefault(l => l.StartsWith(Peak, StringComparison.Ordinal));
        return line is not null
            && long.TryParse(line[Peak.Length..].Replace("kB", "", StringComparison.Ordinal), out var kibibytes)
            ? kibibytes * 1024
            : null;
    }
}

namespace Vaal.Tests;

/// <summary>Debian's Chromium. The one that has no window at all takes half of the processor time.</summary>
internal static class Browser
{
    private const string HeadlessShell = "/usr/bin/chromium-headless-shell";

    public static string Program { get; } = File.Exists(HeadlessShell) ? HeadlessShell : "/usr/bin/chromium";

    public static bool IsHere => File.Exists(Program);

    /// <summary>Skips a test where there is no browser; with VAAL_REQUIRE=all it fails.</summary>
    public static void Require(bool there)
    {
        const string Otherwise = $"Debian's package chromium-headless-shell is not installed: no {HeadlessShell}";
        if (there) return;
        if (Environment.GetEnvironmentVariable("VAAL_REQUIRE") == "all") Assert.Fail(Otherwise);
        Assert.Skip(Otherwise);
    }
}

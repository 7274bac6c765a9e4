using System.Diagnostics;

namespace Vaal.Tests;

/// <summary>A browser without a screen, for one page.</summary>
internal static class Chromium
{
    /// <summary>The page as it is after its scripts have run.</summary>
    public static string Dom(string file, int width, bool dark = false) => Run(file, width, 900, dark, "--dump-dom");

    public static void Screenshot(string file, string png, int width, int height, bool dark) =>
        Run(file, width, height, dark, $"--screenshot={png}");

    private static string Run(string file, int width, int height, bool dark, string what)
    {
        VaalProgram.RequireSlow();
        Browser.Require(Browser.IsHere);
        using var profile = new TemporaryFolder();
        string[] options =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars", "--no-pings", "--dns-prefetch-disable",
                $"--user-data-dir={profile.Path}", $"--window-size={width},{height}",
            .. dark ? ["--blink-settings=preferredColorScheme=0"] : Array.Empty<string>(),
        ];
        var start = new ProcessStartInfo(
            Browser.Program, [.. options, what, new Uri(file).AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        using var chromium = Process.Start(start)!;
        var errors = chromium.StandardError.ReadToEndAsync();
        var output = chromium.StandardOutput.ReadToEndAsync();
        if (!chromium.WaitForExit(120_000))
        {
            chromium.Kill(entireProcessTree: true);
            throw new TimeoutException("chromium did not end within two minutes");
        }
        return chromium.ExitCode == 0
            ? output.Result
            : throw new InvalidOperationException($"chromium ended with {chromium.ExitCode}: {errors.Result}");
    }
}

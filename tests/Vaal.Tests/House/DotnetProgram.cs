using System.Diagnostics;

namespace Vaal.Tests.House;

/// <summary>The program <c>dotnet</c>, as a user runs it.</summary>
internal static class DotnetProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The ordinary folder of unpacked packages.</summary>
    public static string Cache => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <param name="cache">where packages of this build are unpacked; all others are in the ordinary cache</param>
    public static string Run(string folder, string? cache, params string[] args) =>
        Run("dotnet", folder, cache, args);

    /// <summary>The program <c>git</c>, with no settings of the user's.</summary>
    public static string Git(string folder, params string[] args) => Run("git", folder, cache: null,
        ["-c", "user.name=vaal", "-c", "user.email=vaal@example.com", "-c", "commit.gpgsign=false", .. args]);

    private static string Run(string program, string folder, string? cache, string[] args)
    {
        VaalProgram.RequireSlow();
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = folder };
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        // of the build, or of the hook, that runs these tests
        string[] inherited = [.. start.Environment.Keys.Where(k =>
            k.StartsWith("MSBUILD", StringComparison.Ordinal) || k.StartsWith("GIT_", StringComparison.Ordinal))];
        foreach (var name in inherited) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        if (cache is not null)
        {
            start.Environment["NUGET_PACKAGES"] = cache;
            start.Environment["NUGET_FALLBACK_PACKAGES"] = Cache;
        }
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {args[0]} did not end within {Patience}");
        }
        var called = $"{program} {string.Join(' ', args)}";
        Assert.True(process.ExitCode == 0, $"{called} ended with {process.ExitCode}:\n{output.Result}{error.Result}");
        return output.Result;
    }
}

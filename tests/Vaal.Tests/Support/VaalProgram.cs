using System.Diagnostics;

namespace Vaal.Tests;

/// <summary>What a run of the real executable came to.</summary>
internal sealed record Outcome(int ExitCode, string Out, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The real executable <c>vaal</c>, as the build that made these tests left it.</summary>
internal static class VaalProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // tests/Vaal.Tests/bin/<configuration>/<framework>/
    public static string Path { get; } = System.IO.Path.Combine(Repository.Root, "src", "Vaal.Cli", "bin",
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name,
            OperatingSystem.IsWindows() ? "vaal.exe" : "vaal");

    public static Outcome Run(params string[] args) => Wait(Start(args));

    /// <summary>Under bash, which sees the executable as <c>$0</c> and the arguments as <c>"$@"</c>.</summary>
    public static Outcome RunInBash(string script, params string[] args) =>
        Wait(StartInBash(script, args));

    public static Process StartInBash(string script, params string[] args) =>
        Start("bash", ["-c", script, Path, .. args]);

    public static Process Start(string[] args) => Start(Path, args);

    /// <summary>So that Ctrl-C reaches it even where these tests run in the background of a script: a shell lets its
    /// background jobs ignore SIGINT, and their children inherit that.</summary>
    public static Process StartInterruptible(string[] args) =>
        OperatingSystem.IsLinux() ? Start("env", ["--default-signal=INT", Path, .. args]) : Start(args);

    public static Outcome Wait(Process process)
    {
        using (process)
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"vaal did not end within {Patience}");
            }
            return new Outcome(process.ExitCode, output.Result, error.Result);
        }
    }

    /// <summary>Ends it without warning (SIGKILL) when it has come so far.</summary>
    /// <returns>false: it had ended before</returns>
    public static bool KillWhen(Process process, Func<bool> reached)
    {
        var clock = Stopwatch.StartNew();
        while (!reached() && !process.HasExited && clock.Elapsed < Patience) Thread.Sleep(5);
        var running = !process.HasExited;
        process.Kill();
        process.WaitForExit();
        return running;
    }

    /// <summary>The inner loop leaves out what starts processes; see CONTRIBUTING.md.</summary>
    internal static void RequireSlow()
    {
        var traits = TestContext.Current.Test?.Traits ?? TestContext.Current.TestClass?.Traits;
        Assert.True(traits is null || (traits.TryGetValue("Category", out var values) && values.Contains("Slow")),
            "expected [Trait(\"Category\", \"Slow\")] on a test that starts a program, found none; add it");
    }

    private static Process Start(string program, string[] args)
    {
        RequireSlow();
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        // so that a restart finds a training half done
        start.Environment["VAAL_CHECKPOINT_SECONDS"] = "0.05";
        return Process.Start(start)!;
    }
}

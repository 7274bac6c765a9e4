namespace Vaal.Web.Tests;

/// <summary>kill -9 while labels come in; <c>bench serve-kills</c> does the same 200 times.</summary>
[Trait("Category", "Slow")]
public sealed class KillServerTests
{
    [Fact]
    public void Server_KilledUnderLoad_LosesNoLabel_AndDoublesNone()
    {
        using var folder = new Vaal.Tests.TemporaryFolder();
        var report = Vaal.Bench.ServeKills.Kill(Vaal.Tests.VaalProgram.Path, folder.Path, kills: 4, seed: 1);
        Assert.Equal(4, report.Kills);
        Assert.True(report.Confirmed > 50, $"only {report.Confirmed} labels were confirmed");
    }

    [Fact]
    public void Server_Terminated_EndsWithZero_AndTheNextOneStarts()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGTERM");
        using var folder = new Vaal.Tests.TemporaryFolder();
        folder.Write("1.png", Vaal.Tests.Pictures.Random(1));
        using (var w = Vaal.Workspaces.Workspace.Create(folder.Path)) w.Index(new() { Encoder = "none" });
        for (var time = 0; time < 2; time++)
        {
            using var server = Vaal.Tests.VaalProgram.Start(["serve", "--workspace", folder.Path, "--json"]);
            Assert.StartsWith(
                "{\"url\":\"http://127.0.0.1:", server.StandardOutput.ReadLine(), StringComparison.Ordinal);
            using var stop = System.Diagnostics.Process.Start("kill", ["-TERM", $"{server.Id}"]);
            Assert.True(server.WaitForExit(TimeSpan.FromMinutes(3)), "it did not end");
            Assert.Equal(0, server.ExitCode);
        }
    }
}

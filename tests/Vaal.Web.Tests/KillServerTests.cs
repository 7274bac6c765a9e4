using System.Text.Json;
using Microsoft.Data.Sqlite;
using Vaal.Tests;
using Vaal.Workspaces;

namespace Vaal.Web.Tests;

/// <summary>kill -9 while labels come in; <c>bench serve-kills</c> does the same 200 times.</summary>
[Trait("Category", "Slow")]
public sealed class KillServerTests
{
    [Fact]
    public void Server_KilledUnderLoad_LosesNoLabel_AndDoublesNone()
    {
        using var folder = new TemporaryFolder();
        var report = Vaal.Bench.ServeKills.Kill(VaalProgram.Path, folder.Path, kills: 4, seed: 1);
        Assert.Equal(4, report.Kills);
        Assert.True(report.Confirmed > 50, $"only {report.Confirmed} labels were confirmed");
    }

    /// <summary>A label is several writes. A trigger holds one of them up, and the server is killed meanwhile: what it
    /// wrote before is gone with it, and the page, which sends the label again, has it once.</summary>
    [Theory]
    [InlineData("labels")]
    [InlineData("ledger when new.action is not null")]
    [InlineData("operations")]
    public async Task Server_KilledBetweenTwoWritesOfALabel_HasNeither_AndTakesTheLabelAgain(string before)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGKILL");
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 40; i++) folder.Write($"{i:00}.png", Vaal.Tests.Pictures.Random(i));
        using (var w = Workspace.Create(folder.Path)) w.Index(new() { Encoder = "none", Classes = ["cat", "dog"] });
        var label = new { ops = new[] { new { op = "one", kind = "label", image = 7, classes = new[] { "cat" } } } };
        var database = folder[".vaal/vaal.db"];
        using (var server = Serve(folder.Path))
        {
            var (on, when) = before.Split(' ', 2) is [var table, var condition] ? (table, condition) : (before, "");
            using (var db = new Database(database))
                db.Execute($"create trigger slow before insert on {on} {when} begin select count(*) from images a, "
                    + "images b, images c, images d, images e, images f, images g, images h; end");
            using var page = await Enter(server);
            var sent = page.Send(HttpMethod.Post, "/api/v1/labels", label);
            Assert.True(VaalProgram.KillWhen(server, () => IsHeldUp(database)), "it ended by itself");
            await Assert.ThrowsAnyAsync<Exception>(() => sent);
        }
        using (var db = new Database(database)) db.Execute("drop trigger slow");
        using (var w = Workspace.Open(folder.Path))
        {
            Assert.Empty(w.Problems());
            Assert.Empty(w.Labels());
            Assert.DoesNotContain(w.Entries(parts: true), e => e.What == "label");
        }
        using (var server = Serve(folder.Path))
        {
            using var page = await Enter(server);
            Assert.True((await page.Post("/api/v1/labels", label)).GetProperty("results")[0].GetProperty("saved")
                .GetBoolean());
            VaalProgram.KillWhen(server, () => true);
        }
        using (var w = Workspace.Open(folder.Path))
        {
            Assert.Equal((7, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
            Assert.Empty(w.Problems());
        }
    }

    private static System.Diagnostics.Process Serve(string folder) =>
        VaalProgram.Start(["serve", "--workspace", folder, "--json"]);

    private static async Task<Caller> Enter(System.Diagnostics.Process server) =>
        await Caller.Enter(new(JsonDocument.Parse((await server.StandardOutput.ReadLineAsync())!).RootElement
            .GetProperty("url").GetString()!));

    /// <summary>One writer has had the database for a second.</summary>
    private static bool IsHeldUp(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=false;Default Timeout=1");
        connection.Open();
        try
        {
            using var _ = connection.BeginTransaction(deferred: false);
            return false;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 5)
        {
            return true;
        }
    }

    [Fact]
    public void Server_Terminated_EndsWithZero_AndTheNextOneStarts()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGTERM");
        using var folder = new TemporaryFolder();
        folder.Write("1.png", Vaal.Tests.Pictures.Random(1));
        using (var w = Workspace.Create(folder.Path)) w.Index(new() { Encoder = "none" });
        for (var time = 0; time < 2; time++)
        {
            using var server = VaalProgram.Start(["serve", "--workspace", folder.Path, "--json"]);
            Assert.StartsWith(
                "{\"url\":\"http://127.0.0.1:", server.StandardOutput.ReadLine(), StringComparison.Ordinal);
            using var stop = System.Diagnostics.Process.Start("kill", ["-TERM", $"{server.Id}"]);
            Assert.True(server.WaitForExit(TimeSpan.FromMinutes(3)), "it did not end");
            Assert.Equal(0, server.ExitCode);
        }
    }
}

using System.Text.Json.Nodes;
using Vaal.Bench;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>What the commands of <c>vaal cluster</c> print, with Debian's Redis.</summary>
[Trait("Category", "Slow")]
public sealed class ClusterCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Submit_WithoutWaiting_SaysWhatTheJobIs()
    {
        using var cluster = new LocalCluster(VaalExecutable.Path, _folder["logs"], 1, 0, 10, 8, namespaces: false);
        string[] submit = ["cluster", "submit", TinyJob.WritePool(_folder, 20, 0), "--root", _folder["images"],
            "--encoder", TinyJob.WriteModel(_folder), "--strategy", "random", "-n", "3", "--quiet"];
        string[] prepare = [.. submit, "--out", _folder["alone"], "--prepare"],
            detach = [.. submit, "--out", _folder["job"], "--redis", cluster.Redis, "--detach"];
        Assert.Equal($"job alone: 20 images; 'vaal cluster run {_folder["alone"]}' does it\n", Out(prepare));
        Assert.Equal("job job: 20 images; 'vaal cluster status' says how far it is\n", Out(detach));
        foreach (var (command, name) in new[] { (prepare, "alone"), (detach, "job") })
        {
            var said = JsonNode.Parse(Out([.. command, "--json"]))!;
            Assert.Equal((name, _folder[name], 20, 0), ((string?)said["name"], (string?)said["output"],
                (int)said["images"]!, (int)said["leftOut"]!));
        }

        string Out(string[] args)
        {
            var (code, output, error) = cluster.Vaal(Patience, args);
            Assert.True(code == 0, error);
            return output;
        }
    }

    /// <summary>Preparing a large pool takes hours.</summary>
    [Theory]
    [InlineData("nowhere", "expected host:port with --redis, found 'nowhere'")]
    [InlineData("redis://me:hidden@redis1:6379", "expected host:port with --redis, found a user or a password in it")]
    [InlineData("redis1:hidden@redis1:6379,ssl=true", "expected host:port with --redis, found a user or a password")]
    public void Submit_AddressThatCanBeNone_IsRefusedBeforeTheJobIsMade(string redis, string expected)
    {
        string[] submit = ["cluster", "submit", TinyJob.WritePool(_folder, 20, 0), "--root", _folder["images"],
            "--encoder", TinyJob.WriteModel(_folder), "--strategy", "random", "-n", "3", "--quiet",
            "--out", _folder["job"], "--redis", redis];
        var e = Assert.Throws<InputException>(() =>
            Vaal.Cli.Terminal.Run.Parse(submit, Vaal.Cli.Commands.RootOf.Vaal(default), TextWriter.Null));
        Assert.StartsWith(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["job"]));
    }

    [Fact]
    public void CancelAndStatus_OfNoJob_AreOneLineAndOne()
    {
        using var cluster = new LocalCluster(VaalExecutable.Path, _folder["logs"], 1, 0, 10, 8, namespaces: false);
        foreach (var command in new[] { "cancel", "status" })
        {
            var (code, output, error) =
                cluster.Vaal(Patience, "cluster", command, "typo", "--redis", cluster.Redis);
            Assert.Equal((1, ""), (code, output));
            Assert.EndsWith("vaal: there is no job typo; 'vaal cluster status' lists all\n", error,
                StringComparison.Ordinal);
        }
    }
}

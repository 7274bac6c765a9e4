using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using Vaal.Bench;
using Vaal.Tests;
using static Vaal.Cluster.Tests.Outcomes;

namespace Vaal.Cluster.Tests;

/// <summary>What commands print and choose on a cluster of one silo and two workers, and without one.</summary>
[Trait("Category", "Slow")]
public sealed class ClusterCommandTests(ClusterCommandTests.Shared shared)
    : IClassFixture<ClusterCommandTests.Shared>, IDisposable
{
    /// <summary>One cluster for all: each of its processes takes seconds to start.</summary>
    public sealed class Shared : IDisposable
    {
        private readonly TemporaryFolder _logs = new();

        public Shared() => Cluster = new(VaalProgram.Path, _logs.Path, 1, 2, 10, 8, namespaces: false);

        internal LocalCluster Cluster { get; }

        public void Dispose()
        {
            Cluster.Dispose();
            _logs.Dispose();
        }
    }

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Submit_WithoutWaiting_SaysWhatTheJobIs()
    {
        string[] submit = ["cluster", "submit", TinyJob.WritePool(_folder, 20, 0), "--root", _folder["images"],
            "--encoder", TinyJob.WriteModel(_folder), "--strategy", "random", "-n", "3", "--quiet"];
        string[] prepare = [.. submit, "--out", _folder["alone"], "--prepare"],
            detach = [.. submit, "--out", _folder["job"], "--redis", shared.Cluster.Redis, "--detach"];
        Assert.Equal($"job alone: 20 images; 'vaal cluster run {_folder["alone"]}' does it\n", Out(prepare));
        Assert.Equal("job job: 20 images; 'vaal cluster status' says how far it is\n", Out(detach));
        foreach (var (command, name) in new[] { (prepare, "alone"), (detach, "job") })
        {
            var said = JsonNode.Parse(Out([.. command, "--json"]))!;
            Assert.Equal((name, _folder[name], 20, 0), ((string?)said["name"], (string?)said["output"],
                (int)said["images"]!, (int)said["leftOut"]!));
        }
        Out(["cluster", "cancel", "job", "--redis", shared.Cluster.Redis]);          // its folder goes with this test

        string Out(string[] args) => Must(Run(args)).Out;
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
    public void Next_OnACluster_ChoosesExactlyWhatOneMachineChooses()
    {
        var model = TinyJob.WriteModel(_folder);
        foreach (var side in new[] { "here", "there" })
        {
            for (var i = 0; i < 60; i++) _folder.Write($"{side}/{i:00}.png", TinyJob.Png(i));
        }
        Must(Run("init", _folder["here"], "--encoder", model, "--yes"));
        var init = Must(Run("init", _folder["there"], "--encoder", model,
            "--yes", "--cluster", shared.Cluster.Redis));
        Assert.Contains("were embedded on the cluster", init.Error);
        foreach (var strategy in new[] { "coverage", "random" })
        {
            string[] next = ["next", "-n", "9", "--json", "--strategy", strategy, "--workspace"];
            var here = Must(Run([.. next, _folder["here"]]));
            Directory.Delete(_folder["there/.vaal/features"], recursive: true);
            var there = Must(Run([.. next, _folder["there"], "--cluster", shared.Cluster.Redis]));
            Assert.Equal(Picks(here), Picks(there));
            Assert.Contains("were embedded on the cluster", there.Error);
            Assert.Equal(9, Picks(here).Length);
        }
    }

    [Fact]
    public void Bench_OnACluster_HasTheRowsOfOneMachine()
    {
        var config = _folder.Write("tiny.json", """
            { "data": "embedded", "images": 120, "initial": 20, "budget": 10, "rounds": 2, "seeds": [1, 2],
              "strategies": ["random", "margin"], "task": { "epochs": 0, "minIterations": 2 } }
            """);
        Must(Run("bench", config, "--out", _folder["here"], "--quiet"));
        Must(Run("bench", config, "--out", _folder["there"], "--quiet",
            "--cluster", shared.Cluster.Redis));
        Assert.Equal(Rows("here"), Rows("there"));
        Assert.Equal(9, Rows("there").Length);

        // pool, strategy, seed, round, labels and accuracy; the others are times
        string[] Rows(string side) => [.. File.ReadLines(_folder[$"{side}/results.csv"])
            .Select(l => string.Join(',', l.Split(',').Take(5)))];
    }

    [Fact]
    public void Silo_UnlessTold_ListensOnLoopbackAlone()
    {
        Must(Run("cluster", "status", "--redis", shared.Cluster.Redis));
        string[] arguments = shared.Cluster.Members[1].Args;
        int[] ports = [Number("--port"), Number("--gateway-port")];
        var heard = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Where(l => ports.Contains(l.Port)).ToList();
        Assert.Equal(2, heard.Count);
        Assert.All(heard, l => Assert.Equal("127.0.0.1", l.Address.ToString()));

        int Number(string name) => int.Parse(arguments[Array.IndexOf(arguments, name) + 1]);
    }

    [Fact]
    public void CancelAndStatus_OfNoJob_AreOneLineAndOne()
    {
        foreach (var command in new[] { "cancel", "status" })
        {
            var (code, output, error) = Run("cluster", command, "typo", "--redis", shared.Cluster.Redis);
            Assert.Equal((1, ""), (code, output));
            Assert.EndsWith("vaal: there is no job typo; 'vaal cluster status' lists all\n", error,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false, "expected an encoder, as --cluster makes its features, found none")]
    [InlineData(true, "found the network small-cnn", "--task", "small-cnn")]
    public void Next_WithNothingForTheCluster_IsRefusedBeforeAnyWork(bool encoder, string expected,
        params string[] more)
    {
        for (var i = 0; i < 4; i++) _folder.Write($"images/{i:00}.png", TinyJob.Png(i));
        Must(Run("init", _folder["images"], "--yes", "--encoder",
            encoder ? TinyJob.WriteModel(_folder) : "none"));
        var (code, _, error) = Run(["next", "--workspace", _folder["images"], "-n", "2",
            "--cluster", "127.0.0.1:1", .. more]);
        Assert.Equal(1, code);
        Assert.Contains(expected, error);
    }

    /// <summary>The driver's own message has a page of counters.</summary>
    [Theory]
    [InlineData("status")]
    [InlineData("cancel", "job")]
    public void Command_WithoutRedis_IsOneShortLine(params string[] command)
    {
        var redis = $"127.0.0.1:{LocalCluster.FreePort()}";
        var (code, output, error) = Run(["cluster", .. command, "--redis", redis]);
        Assert.Equal((1, ""), (code, output));
        Assert.Equal($"vaal: Redis at {redis} does not answer yet; trying for 5 s\n"
            + $"vaal: expected Redis at {redis}, found none that answers; start Redis, or give the right address\n",
            error);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("cancel", "job")]
    public void Command_WithoutASilo_SaysThatItTries_AndThenWhatIsMissing(params string[] command)
    {
        using var cluster = new LocalCluster(VaalProgram.Path, _folder["logs"], 0, 0, 10, 8, namespaces: false);
        Assert.True(SpinWait.SpinUntil(() => Answers(cluster.Redis), Patience), "Redis did not start");
        Assert.Equal(new(1, "", "vaal: no silo of the cluster 'vaal' answers yet; trying for 5 s\n"
            + $"vaal: expected a silo of the cluster 'vaal' that answers, found none at the addresses in Redis "
            + $"{cluster.Redis}; start 'vaal cluster silo', or check the address and the certificates\n"),
            Run(["cluster", .. command, "--redis", cluster.Redis]));
    }

    private static bool Answers(string address)
    {
        try
        {
            using var client = new System.Net.Sockets.TcpClient();
            client.Connect(System.Net.IPEndPoint.Parse(address));
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}

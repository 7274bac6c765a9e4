using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Vaal.Bench;
using Vaal.Tests;
using static Vaal.Cluster.Tests.Outcomes;

namespace Vaal.Cluster.Tests;

/// <summary>Silos and workers as processes, with Debian's Redis.</summary>
[Trait("Category", "Slow")]
public sealed class ClusterProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Restart_OfEverySiloAndWorkerOneByOne_LeavesTheChoiceAsItWas()
    {
        var (job, expected) = Alone(4_000);
        using var cluster = new LocalCluster(VaalProgram.Path, _folder["logs"], 2, 2, 10, 8, namespaces: false);
        var running = Task.Run(() => Run(
            ["cluster", "submit", .. job, "--out", _folder["out"], "--redis", cluster.Redis]));
        foreach (var member in cluster.Members.Where(m => m.Name != "redis"))
        {
            // another part of the job is done, unless all of it is
            var (starts, files) = (member.Starts, Files());
            Assert.True(SpinWait.SpinUntil(() => running.IsCompleted || Files() > files, Patience));
            cluster.Terminate(member);
            Assert.True(SpinWait.SpinUntil(() => member.Starts > starts, Patience));
        }
        Assert.Equal(expected, Picks(Must(await running)));

        int Files() => Directory.Exists(_folder["out"])
            ? Directory.GetFiles(_folder["out"], "*", SearchOption.AllDirectories).Length : 0;
    }

    [Fact]
    public async Task Redis_ThatLostEverything_IsNoLoss()
    {
        var (job, expected) = Alone(4_000);
        using var cluster = new LocalCluster(VaalProgram.Path, _folder["logs"], 2, 2, 10, 8, namespaces: false);
        var running = Task.Run(() => Run(
            ["cluster", "submit", .. job, "--out", _folder["out"], "--redis", cluster.Redis]));
        var rows = _folder["out/rows/0000"];
        Assert.True(SpinWait.SpinUntil(() => Directory.Exists(rows) && Directory.EnumerateFiles(rows).Count() > 2,
            Patience));
        var (host, port) = (cluster.Redis.Split(':')[0], cluster.Redis.Split(':')[1]);
        LocalCluster.Run("redis-cli", ["-h", host, "-p", port, "flushall"], Patience);
        // silos that are no members any more end by themselves, and come back
        var silos = cluster.Members.Where(m => m.Name.StartsWith("silo", StringComparison.Ordinal)).ToList();
        Assert.True(SpinWait.SpinUntil(() => silos.TrueForAll(s => s.Starts > 1), Patience));
        Assert.All(silos, s => Assert.Contains("start it again", cluster.Log(s)));
        Assert.Equal(expected, Picks(Must(await running)));
    }

    [Fact]
    public async Task Dashboard_WhereItIsAskedFor_SaysHowManySilosThereAre()
    {
        var port = LocalCluster.FreePort();
        using var cluster = new LocalCluster(VaalProgram.Path, _folder["logs"], 1, 0, 10, 8, namespaces: false,
            ["--dashboard", $"{port}"]);
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") };
        Assert.Contains("Orleans", await Answer(""));
        // it counts now and then
        while ((int)JsonNode.Parse(await Answer("DashboardCounters"))!["totalActiveHostCount"]! == 0)
            await Task.Delay(100);

        async Task<string> Answer(string path)
        {
            for (var patience = DateTime.UtcNow + Patience; ;)
            {
                try
                {
                    return await http.GetStringAsync(path);
                }
                catch (HttpRequestException) when (DateTime.UtcNow < patience)
                {
                    await Task.Delay(100);                                           // the silo is still starting
                }
            }
        }
    }

    [Fact]
    public void Tls_BothWays_WorksWithTheRightCertificatesAndWithNoOthers()
    {
        var (mine, authority) = Certificates("mine");
        var (others, _) = Certificates("others");
        string[] tls = ["--tls-certificate", mine, "--tls-authority", authority];
        var (job, expected) = Alone(600);
        using var cluster = new LocalCluster(VaalProgram.Path, _folder["logs"], 2, 1, 10, 8, namespaces: false, tls);
        var done = Must(Run(
            ["cluster", "submit", .. job, "--out", _folder["out"], "--redis", cluster.Redis, .. tls]));
        Assert.Equal(expected, Picks(done));
        var stranger = Run("cluster", "status", "--redis", cluster.Redis,
            "--tls-certificate", others, "--tls-authority", authority);
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("check the address and the certificates", stranger.Error);
        var bare = Run("cluster", "status", "--redis", cluster.Redis);
        Assert.Equal((1, stranger.Error), (bare.ExitCode, bare.Error));
    }

    [Fact]
    public void Redis_WithTlsAndPassword_IsReachedWithBothAndNotWithout()
    {
        var (mine, authority) = Certificates("redis");
        var port = LocalCluster.FreePort();
        using var redis = System.Diagnostics.Process.Start("redis-server", ["--port", "0", "--tls-port", $"{port}",
            "--tls-cert-file", mine, "--tls-key-file", mine, "--tls-ca-cert-file", authority,
            "--tls-auth-clients", "no",
            "--requirepass", "secret", "--dir", _folder.Path, "--save", "", "--logfile", _folder["redis.log"]]);
        var (siloPort, gateway) = (LocalCluster.FreePort(), LocalCluster.FreePort());
        string[] right = ["--redis", $"127.0.0.1:{port},ssl=true", "--redis-authority", authority];
        using var silo = Silo("secret");
        try
        {
            // the silo may still be starting
            Assert.True(SpinWait.SpinUntil(() => Status("secret").ExitCode == 0, Patience));
            var (code, _, error) = Status("wrong");
            Assert.Equal(1, code);
            Assert.EndsWith($"vaal: expected Redis at 127.0.0.1:{port}, found one that refuses the password; set "
                + "VAAL_REDIS_PASSWORD\n", error, StringComparison.Ordinal);
        }
        finally
        {
            silo.Kill();
            redis.Kill();
        }

        System.Diagnostics.Process Silo(string password)
        {
            var start = new System.Diagnostics.ProcessStartInfo(VaalProgram.Path, ["cluster", "silo", .. right,
                "--port", $"{siloPort}", "--gateway-port", $"{gateway}"]);
            start.Environment["VAAL_REDIS_PASSWORD"] = password;
            return System.Diagnostics.Process.Start(start)!;
        }

        (int ExitCode, string, string) Status(string password) => LocalCluster.Run("env",
            [$"VAAL_REDIS_PASSWORD={password}", VaalProgram.Path, "cluster", "status", .. right], Patience);
    }

    public void Dispose() => _folder.Dispose();

    // what one machine chooses, and the arguments of the same job
    private (string[] Job, string[] Picks) Alone(int images)
    {
        var (pool, model) = ClusterPool.Write(_folder.Path, images, 60,
            () => OnnxBytes.Model("Flatten", [null, 1, 16, 16], 2));
        string[] job = [pool, "--encoder", model, "--strategy", "entropy", "-n", "20", "--shard-size", "100", "--json",
            "--quiet"];
        var alone = _folder["alone"];
        Must(Run(["cluster", "submit", .. job, "--out", alone, "--prepare"]));
        Must(Run("cluster", "run", alone, "--quiet"));
        return (job, Picks(Must(Run("cluster", "status", "--out", alone, "--json"))));
    }

    // an authority, and a certificate that it signed
    private (string Certificate, string Authority) Certificates(string name)
    {
        using var rootKey = RSA.Create(2_048);
        var rootRequest = new CertificateRequest($"CN={name} authority", rootKey, HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var (from, until) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var root = rootRequest.CreateSelfSigned(from, until);
        using var key = RSA.Create(2_048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddDnsName("vaal");
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(root, from, until, RandomNumberGenerator.GetBytes(8));
        var pem = $"{signed.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
        return (_folder.Write($"{name}.pem", pem),
            _folder.Write($"{name}-authority.pem", root.ExportCertificatePem()));
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Vaal.Data.Fetch;

namespace Vaal.Tests.Cli;

/// <summary><c>vaal data</c> as it is run, with the real Fashion-MNIST from a server on this machine.</summary>
[Trait("Category", "Slow")]
public sealed class FetchCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Debian took name and time out of the headers and changed nothing else; put back, the files are the published ones
    // to the bit.
    private static byte[] Published(string name)
    {
        var debian = File.ReadAllBytes(Path.Combine(RealData.FashionMnist(), name + ".gz"));
        byte[] header = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3];
        BinaryPrimitives.WriteInt32LittleEndian(
            header.AsSpan(4), name.StartsWith("train", StringComparison.Ordinal) ? 1_504_176_606 : 1_504_176_627);
        return [.. header, .. Encoding.ASCII.GetBytes(name), 0, .. debian.AsSpan(10)];
    }

    private static FileServer Server(Func<Answer, Asked, Answer>? worse = null)
    {
        var files = new[] { "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte" }.ToDictionary(n => n + ".gz", Published);
        return new FileServer(a =>
        {
            var answer = FileServer.Proper(a, files[a.Name]);
            return worse is null ? answer : worse(answer, a);
        });
    }

    private string[] Args(string what, FileServer? server = null) =>
        ["data", what, "fashion-mnist", "--to", _folder["data"], .. server is null
            ? Array.Empty<string>()
            : ["--from", server.Address]];

    /// <summary>Names are not resolved where there is no network.</summary>
    [Fact]
    public void Data_WithoutANetwork_NamesFrom()
    {
        var outcome = CommandLine.Run(
            "data", "fetch", "fashion-mnist", "--to", _folder["data"], "--from", "http://nowhere.invalid/");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("the server cannot be reached", Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("give another server that holds the same files, such as --from", outcome.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Data_KilledWhileFetching_GoesOnIsCheckedAndCanBeUsedByName()
    {
        using (var slow = Server((answer, a) => a.Name.StartsWith("train-images", StringComparison.Ordinal)
            ? answer with { PauseAfter = 9_000_000 }
            : answer))
        {
            using var process = VaalProgram.Start(Args("fetch", slow));
            Assert.True(slow.Paused.Wait(TimeSpan.FromMinutes(1)));
            var part = _folder["data/fashion-mnist.part/train-images-idx3-ubyte.gz.part"];
            Assert.True(
                SpinWait.SpinUntil(
                    () => File.Exists(part) && new FileInfo(part).Length == 9_000_000, TimeSpan.FromMinutes(1)));
            process.Kill();                                                           // SIGKILL
            process.WaitForExit();
        }
        Assert.Matches(
            "fashion-mnist .* 29% of it",
            Assert.Single(
                CommandLine.Run("data", "list", "--to", _folder["data"]).Out.Split('\n'), l =>
                    l.StartsWith("fashion-mnist", StringComparison.Ordinal)));
        using (var server = Server())
        {
            var fetched = CommandLine.Run(Args("fetch", server));
            Assert.Equal(0, fetched.ExitCode);
            Assert.StartsWith("fashion-mnist is now in ", fetched.Out, StringComparison.Ordinal);
            Assert.Equal([9_000_000, null, null, null], server.Requests.Select(r => r.From));
            Assert.StartsWith(
                "fashion-mnist was already in ", CommandLine.Run(Args("fetch", server)).Out, StringComparison.Ordinal);
            Assert.Equal(4, server.Requests.Count);
        }
        Assert.Equal((0, "fashion-mnist: every file is as it was published\n"), Check());

        // by its name, where it lies in the cache folder
        Directory.CreateDirectory(_folder["cache/vaal"]);
        Directory.Move(_folder["data"], _folder["cache/vaal/data"]);
        var used = InCache(
            "simulate", "--data", "fashion-mnist", "--strategy", "random", "--initial", "10", "--rounds", "1",
            "--task-epochs", "0", "--task-min-iterations", "3", "--out", _folder["run"]);
        Assert.Equal(0, used.ExitCode);
        Assert.Contains("\"data\": \"fashion-mnist\"", File.ReadAllText(_folder["run/run.json"]));
        var missing = InCache("simulate", "--data", "mnist", "--out", _folder["run2"]);
        Assert.Equal(1, missing.ExitCode);
        Assert.Equal(
            $"vaal: mnist is not in {_folder["cache/vaal/data"]}; 'vaal data fetch mnist' fetches it (12 MB)\n",
            missing.Error);

        Directory.Move(_folder["cache/vaal/data"], _folder["data"]);
        var labels = _folder["data/fashion-mnist/t10k-labels-idx1-ubyte.gz"];
        var bytes = File.ReadAllBytes(labels);
        bytes[^20] ^= 1;
        File.WriteAllBytes(labels, bytes);
        Assert.Equal((1, $"fashion-mnist: {labels} is damaged\n"), Check());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Data_InterruptedWhileFetching_SaysHowToGoOn(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        using var slow = Server((answer, _) => answer with { PauseAfter = 9_000_000 });
        using var process = VaalProgram.StartInterruptible(Args("fetch", slow));
        Assert.True(slow.Paused.Wait(TimeSpan.FromMinutes(1)));
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) kill.WaitForExit();
        var outcome = VaalProgram.Wait(process);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        Assert.Equal("vaal: stopped; run the same command again to continue", outcome.ErrorLines[^1]);
        Assert.True(File.Exists(_folder["data/fashion-mnist.part/train-images-idx3-ubyte.gz.part"]));
    }

    [Theory]
    [InlineData(
        "no data set 'cifar'; there are: cifar10, cifar100, fashion-mnist, mnist, caltech256, imagenet",
        "fetch", "cifar")]
    [InlineData("no data set 'cifar'; there are: ", "check", "cifar")]
    [InlineData(
        "ImageNet is given out by image-net.org after signing; name your copy by its path", "fetch", "imagenet")]
    [InlineData("'ftp://x' is not the address of a server", "fetch", "mnist", "--from", "ftp://x")]
    [InlineData("t10k", "fetch", "mnist", "--from", "t10k")]
    public void Data_ThatCannotBe_IsOneLine(string message, params string[] args)
    {
        var outcome = CommandLine.Run(["data", .. args, "--to", _folder["data"], "--quiet"]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Out));
        Assert.Contains(message, Assert.Single(outcome.ErrorLines));
    }

    [Fact]
    public void Data_ListAndCheck_SayWhatIsThere()
    {
        var list = CommandLine.Run("data", "list", "--to", _folder["data"]);
        Assert.Equal(0, list.ExitCode);
        foreach (var name in new[] { "cifar10 ", "cifar100 ", "fashion-mnist ", "mnist ", "caltech256 ", "imagenet " })
            Assert.Single(list.Out.Split('\n'), l => l.StartsWith(name, StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["data"]));
        var absent = $"fashion-mnist: {_folder["data/fashion-mnist"]} is not there; "
            + "'vaal data fetch fashion-mnist' fetches it\n";
        Assert.Equal((1, absent), Check());
        Assert.Contains("'vaal data fetch --help'", CommandLine.Run("data", "fetch").Error);
    }

    /// <summary>Sums of no files stand in for a set that was fetched.</summary>
    [Fact]
    public void Data_Json_HasTheTermsAndTheParts()
    {
        var mnist = DataSources.All["mnist"];
        var sums = string.Join(' ', mnist.Files.Select(f => f.Sha256));
        _folder.Write("data/mnist/SHA256SUMS", $"# 0 files, out of {sums}\n");
        _folder.Write("data/cifar10.part/cifar-10-binary.tar.gz.part", new byte[1_000]);
        using var fetched = JsonDocument.Parse(CommandLine.Run(
            "data", "fetch", "mnist", "--to", _folder["data"], "--json").Out);
        Assert.Equal((false, mnist.Terms), (fetched.RootElement.GetProperty("fetched").GetBoolean(),
            fetched.RootElement.GetProperty("terms").GetString()));
        using var list = JsonDocument.Parse(CommandLine.Run("data", "list", "--to", _folder["data"], "--json").Out);
        JsonElement Of(string name, string key) => list.RootElement.EnumerateArray()
            .Single(s => s.GetProperty("name").GetString() == name).GetProperty(key);
        Assert.Equal(1_000, Of("cifar10", "bytesHere").GetInt64());
        Assert.Equal(
            (50_000, 10_000), (Of("cifar10", "poolImages").GetInt32(), Of("cifar10", "testImages").GetInt32()));
        Assert.Equal((30_607, JsonValueKind.Null),
            (Of("caltech256", "poolImages").GetInt32(), Of("caltech256", "testImages").ValueKind));
        Assert.Equal((1_281_167, JsonValueKind.Null),
            (Of("imagenet", "poolImages").GetInt32(), Of("imagenet", "bytes").ValueKind));
    }

    private (int, string) Check()
    {
        var outcome = CommandLine.Run(Args("check"));
        return (outcome.ExitCode, outcome.Out);
    }

    private Outcome InCache(params string[] args) =>
        VaalProgram.RunInBash(
            "XDG_CACHE_HOME=\"$1\"; export XDG_CACHE_HOME; shift; exec \"$0\" \"$@\"",
            [_folder["cache"], .. args, "--quiet"]);
}

using System.Text;
using System.Text.Json;
using Vaal.Encoders;

namespace Vaal.Tests.Cli;

/// <summary><c>vaal encoder</c> as it is run. No model is downloaded: sums of no files stand in for one.</summary>
[Trait("Category", "Slow")]
public sealed class EncoderCommandTests : IDisposable
{
    private const string Name = "dinov2-small";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // a model that was fetched, as far as its sums say
    private string Fetched(string into)
    {
        var sum = PretrainedEncoders.All[Name].Source!.Files[0].Sha256;
        return Path.GetDirectoryName(_folder.Write($"{into}/{Name}/SHA256SUMS", $"# 0 files, out of {sum}\n"))!;
    }

    private Outcome InCache(params string[] args) => VaalProgram.RunInBash(
        "XDG_CACHE_HOME=\"$1\"; export XDG_CACHE_HOME; shift; exec \"$0\" \"$@\"", [_folder["cache"], .. args]);

    [Fact]
    public void Fetch_ToAnotherFolder_SaysHowOtherCommandsFindIt()
    {
        var there = Fetched("models");
        var outcome = InCache("encoder", "fetch", Name, "--to", _folder["models"], "--quiet");
        Assert.Equal((0, $"{Name} was already in {there}, verified. Licence: Apache-2.0\n"
            + $"other commands do not look in {_folder["models"]}; 'vaal encoder fetch {Name} --from {there}' puts "
            + "it where they do\n", ""), (outcome.ExitCode, outcome.Out, outcome.Error));
    }

    [Fact]
    public void Fetch_ToWhereOtherCommandsLook_SaysNothingMore()
    {
        var there = Fetched("cache/vaal/encoder");
        string[] fetch = ["encoder", "fetch", Name, "--quiet"];
        foreach (var outcome in new[] { InCache(fetch), InCache([.. fetch, "--to", _folder["cache/vaal/encoder"]]) })
        {
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
            Assert.StartsWith($"{Name} was already in {there}, ", outcome.Out, StringComparison.Ordinal);
        }
    }

    /// <summary>A program learns what a person reads: folders, parts of a download, what was found, licences.</summary>
    [Fact]
    public void Json_HasWhatTheTextHas()
    {
        var there = Fetched("models");
        _folder.Write("models/dinov2-base.part/model.onnx.part", new byte[1_000]);
        using var list = Json("list", "--to", _folder["models"]);
        var encoders = list.RootElement.EnumerateArray().ToDictionary(e => e.GetProperty("name").GetString()!);
        Assert.Equal(there, encoders[Name].GetProperty("folder").GetString());
        Assert.Equal(1_000, encoders["dinov2-base"].GetProperty("bytesHere").GetInt64());
        Assert.Equal(JsonValueKind.Null, encoders["resnet18"].GetProperty("folder").ValueKind);

        using var fetched = Json("fetch", Name, "--to", _folder["models"]);
        Assert.Equal((there, "Apache-2.0"), (fetched.RootElement.GetProperty("folder").GetString(),
            fetched.RootElement.GetProperty("licence").GetString()));

        var mine = OnnxModels.Of("GlobalAveragePool", [null, 3, 32, 32], 4).Write(_folder, "mine.onnx");
        using var check = Json("check", mine);
        Assert.StartsWith("takes 32×32 pixels, gives 3 features", check.RootElement.GetProperty("words").GetString(),
            StringComparison.Ordinal);

        JsonDocument Json(params string[] args)
        {
            var outcome = CommandLine.Run(["encoder", .. args, "--json"]);
            Assert.Equal(0, outcome.ExitCode);
            return JsonDocument.Parse(outcome.Out);
        }
    }

    /// <summary>The first result ends the bars that it would run into; the next name has bars of its own.</summary>
    [Fact]
    public void Fetch_OfTwoOnATerminal_ShowsTheProgressOfTheSecond()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs a terminal, as script of util-linux makes one");
        Fetched("models");
        // says nothing of its length, and stays silent after half of it
        using var server = new FileServer(a => FileServer.Proper(a, new byte[100]) with
        {
            TellsLength = false,
            PauseAfter = 50,
        });
        using var process = VaalProgram.StartInBash(
            "exec script -qec \"stty cols 120 rows 40; TERM=xterm '$0' encoder fetch dinov2-small siglip-base "
            + "--to '$1' --from '$2'\" /dev/null </dev/null", _folder["models"], server.Address);
        var shown = new StringBuilder();
        while (!shown.ToString().Contains("fetching vision_model.onnx", StringComparison.Ordinal)
            && process.StandardOutput.Read() is var next and >= 0) shown.Append((char)next);
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        Assert.Contains("was already in", shown.ToString(), StringComparison.Ordinal);
        Assert.Contains("fetching vision_model.onnx", shown.ToString(), StringComparison.Ordinal);
    }
}

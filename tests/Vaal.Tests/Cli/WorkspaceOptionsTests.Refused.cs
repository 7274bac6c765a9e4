using Vaal.Cli.Commands;
using Vaal.Workspaces;

namespace Vaal.Tests.Cli;

/// <summary>What would do nothing is refused in one line, and nothing is advised that would do harm.</summary>
public sealed partial class WorkspaceOptionsTests
{
    /// <summary>Undo takes the last action back: after the labels came it would take these.</summary>
    [Theory]
    [InlineData(nameof(Trust.Weak)), InlineData(nameof(Trust.NoBetterThanRandom))]
    public void Status_AfterTheLabelsCame_DoesNotAdviseUndo(string trust)
    {
        Init();
        using (var w = Open())
        {
            var ids = w.Images().ToDictionary(i => i.Path, i => i.Id);
            w.RecordRound(new Round
            {
                Strategy = "vaal",
                Options = "{}",
                Seed = 1,
                Budget = 2,
                Health = new RankingHealth { Trust = Enum.Parse<Trust>(trust), Verdict = "by these numbers" }.ToJson(),
                Started = DateTimeOffset.UnixEpoch,
                Finished = DateTimeOffset.UnixEpoch,
            }, [new(ids["a/00.png"], 1, 1, null), new(ids["b/01.png"], 2, 1, null)]);
        }
        const string undo = "run 'vaal undo' and 'vaal next --strategy random': this ranking ";
        Assert.Contains(undo, Done("status").Out, StringComparison.Ordinal);
        // the other image of the round still waits
        Assert.DoesNotContain("vaal undo",
            Done("import", _folder.Write("l.csv", "path,label\na/00.png,cat\n")).Out, StringComparison.Ordinal);
        var said = Done("status").Out;
        Assert.DoesNotContain("vaal undo", said, StringComparison.Ordinal);
        Assert.Contains("label the 1 image of round 1 that waits: ", said, StringComparison.Ordinal);
        Assert.Contains("no better than random.\n", said, StringComparison.Ordinal);
        Done("undo");
        Assert.Contains(undo, Done("status").Out, StringComparison.Ordinal);
        Done("classes", "add", "dog");
        Assert.DoesNotContain("vaal undo", Done("status").Out, StringComparison.Ordinal);
    }

    /// <summary>Where a first init can know it beforehand, nothing is left; else it says what is.</summary>
    [Fact]
    public void Init_FeaturesFail_SaysWhatStays()
    {
        MadeTable.Write(_folder["f.npy"], ["a/00.png"], _ => [1, 2]);
        File.Delete(_folder["f.txt"]);
        var early = Vaal("init", _folder["images"], "--test", "4", "--encoder", _folder["f.npy"], "--quiet");
        Assert.Contains("f.txt beside ", Assert.Single(early.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["w"]));

        _folder.Write("f.txt", "a/00.png\n");
        var late = Vaal("init", _folder["images"], "--test", "4", "--encoder", _folder["f.npy"], "--quiet");
        Assert.Equal(2, late.ErrorLines.Length);
        Assert.Equal("vaal: the index and the test set are kept; to start from nothing, delete "
            + _folder["w/vaal.db"], late.ErrorLines[0]);
        Assert.StartsWith("vaal: expected features of every image in ", late.ErrorLines[1], StringComparison.Ordinal);
        // no longer the first one
        Assert.Single(Vaal("init", _folder["images"], "--encoder", _folder["f.npy"], "--quiet").ErrorLines);
    }

    /// <summary>The database, models and caches are not to be written over, nor is anything put between them.</summary>
    [Fact]
    public void Outputs_InTheWorkspace_AreRefusedBeforeAnyWork()
    {
        Init();
        var before = File.ReadAllBytes(_folder["w/vaal.db"]);
        WorkspaceArguments.CheckOutput("--out", _folder["w/exports/p.csv"]);         // the one place for other files
        foreach (var file in new[] { _folder["w/vaal.db"], _folder["w/models/new.csv"], _folder["w/exports"] })
            foreach (var args in new string[][] { ["predict", "a.jpg", "--out"], ["train", "--export"] })
            {
                var outcome = Vaal([.. args, file]);
                Assert.Equal((1, $"vaal: expected a file outside of the workspace {_folder["w"]} with {args[^1]}, "
                    + $"found {file}; name one elsewhere, or in {_folder["w/exports"]}\n"),
                    (outcome.ExitCode, outcome.Error));
            }
        Assert.Equal(before, File.ReadAllBytes(_folder["w/vaal.db"]));
    }

    [Fact]
    public void Options_ThatWouldDoNothing_AreRefused()
    {
        Init();
        using (var w = Open()) w.Label(w.Images()[0].Id, "cat", [], "ann", "test");
        Refused("expected --what picks with --round 1, found --what labelled; leave one of the two out",
            "export", "--what", "labelled", "--round", "1");
        Refused("expected --task linear with --class-weights, found small-cnn",
            "train", "--task", "small-cnn", "--class-weights", "balanced");
        string[][] forNetworks =
        [
            ["--task-epochs", "3"], ["--task-min-iterations", "3"], ["--no-flip"], ["--precision", "bf16"],
            ["--device", "cuda"],
        ];
        foreach (var option in forNetworks)
            Refused($"expected a network with {option[0]}, found linear, a head on features that is trained to its "
                + $"end; leave {option[0]} out, or give --task small-cnn", ["train", "--task", "linear", .. option]);
        Refused("expected --export FORMAT with --out, found none", "review", "--out", "x.csv");
        Refused("expected a strategy that trains a VAE and a discriminator with --iterations, found random; leave out "
            + "--iterations, or add --strategy vaal", "next", "--strategy", "random", "--iterations", "5000", "-q");
        foreach (var option in new[] { "--task-epochs", "--task-min-iterations" })
            Refused($"expected a strategy that trains a task model with {option}, found random; leave out {option}, "
                + "or add --strategy entropy --task small-cnn", "next", "--strategy", "random", option, "100", "-q");
        Refused("expected --test SIZE with --seed, found none", "init", _folder["images"], "--seed", "3");
        foreach (var option in new[] { "--replace", "--new-classes" })
            Refused($"expected a file of labels with {option}, found --labelled-elsewhere, which reads none; leave "
                + $"{option} out", "import", "e.csv", "--labelled-elsewhere", option);
        Refused("--draw: expected one of lowest, odds, found '7'", "next", "--draw", "7");
        Refused("--candidates and --no-diverse exclude each other", "next", "--candidates", "7", "--no-diverse");
        Refused("expected --task drn or small-seg with --pixels, found small-cnn", "next", "--pixels", "top");
        Refused("expected --pixels Top with --top-pixels, found Mean",
            "next", "--task", "small-seg", "--top-pixels", "0.2");

        void Refused(string problem, params string[] args)
        {
            var outcome = Vaal(args);
            Assert.Equal((1, $"vaal: {problem}\n"), (outcome.ExitCode, outcome.Error));
        }
    }
}

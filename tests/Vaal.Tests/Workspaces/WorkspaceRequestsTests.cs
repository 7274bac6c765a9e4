using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What a workspace asks of a chooser and of a learner, and what it keeps of their answers.</summary>
public sealed class WorkspaceRequestsTests : IDisposable
{
    private const int Images = 6;
    private readonly TemporaryFolder _folder = new();

    public WorkspaceRequestsTests()
    {
        for (var i = 0; i < Images; i++) _folder.Write($"w/{i}.png", Pictures.Random(i));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Takes the first unlabelled image that waits for nothing.</summary>
    private sealed class First : IChooser
    {
        public ChoiceRequest Asked { get; private set; } = null!;
        int? IChooser.Budget => 1;
        long IChooser.Seed => 1;
        string? IChooser.Regions => null;
        public LabelForm Labels { get; init; } = LabelForm.Class;
        string IChooser.Options => "{}";
        IChooser IChooser.Of(int budget) => this;
        IEnumerable<string> IChooser.Problems(string encoder) => [];

        Choice IChooser.Choose(ChoiceRequest request)
        {
            Asked = request;
            Directory.CreateDirectory(request.Folder!);
            return new("coverage", new([request.Pool.Unlabelled.First(id => !request.Waiting.Contains(id))], [0.5f]),
                ["far from labels"], false, "{}", null);
        }
    }

    /// <summary>Gets every test image right.</summary>
    private sealed class Right(Action<TrainRequest>? meanwhile = null) : ILearner
    {
        public TrainRequest Asked { get; private set; } = null!;
        long ILearner.Seed => 1;
        LabelForm ILearner.Labels => LabelForm.Class;
        string ILearner.Options => "{}";
        IEnumerable<string> ILearner.Problems() => [];
        string? ILearner.Problem(TrainRequest request) => null;

        TaskTest ILearner.Train(TrainRequest request)
        {
            Asked = request;
            Directory.CreateDirectory(request.Folder);
            meanwhile?.Invoke(request);
            return new(request.Test.Count, null);
        }
    }

    private Workspace Make(IndexOptions? options = null)
    {
        var w = Workspace.Create(_folder["w"]);
        w.Index(options ?? new());
        return w;
    }

    private static void Label(Workspace w, string path, string @class) =>
        w.Label(w.Images().Single(i => i.Path == path).Id, @class, [], "ann", "test");

    private static string[] Paths(Workspace w, IEnumerable<int> ids, IReadOnlyList<PoolImage> of)
    {
        var paths = w.Images().ToDictionary(i => i.Id, i => i.Path);
        return [.. ids.Select(id => paths[(int)of[id].Number]).Order()];
    }

    /// <summary>A random draw is a fair sample: the verdict may compare with it. What a strategy chose is not
    /// one.</summary>
    [Fact]
    public void Next_LabelsOfARandomRound_AreAmongThoseThatNoStrategyChose()
    {
        using var w = Make();
        int Id(string path) => w.Images().Single(i => i.Path == path).Id;
        w.RecordRound(SomeRound.Of(1), [new(Id("0.png"), 1, null, null)]);
        w.RecordRound(SomeRound.Of(1, "coverage"), [new(Id("1.png"), 1, null, null)]);
        foreach (var path in new[] { "0.png", "1.png", "2.png" }) Label(w, path, "cat");
        w.RecordRound(SomeRound.Of(1, "coverage"), [new(Id("4.png"), 1, null, null)]);
        var chooser = new First();
        var chosen = w.Next(chooser);
        var asked = chooser.Asked;
        Assert.Equal(["0.png", "2.png"], Paths(w, asked.Unchosen!, asked.Images));
        Assert.Equal(["4.png"], Paths(w, asked.Waiting, asked.Images));
        Assert.Equal(3, asked.Round);                            // those before it, so that it draws other numbers
        Assert.Equal(["0.png", "1.png", "2.png"], Paths(w, asked.Pool.Labelled, asked.Images));
        Assert.Equal(["3.png", "4.png", "5.png"], Paths(w, asked.Pool.Unlabelled, asked.Images));
        Assert.Equal((Id("3.png"), 1, 0.5, "far from labels"), (chosen.Rows[0].Image, chosen.Rows[0].Rank,
            chosen.Rows[0].Score, chosen.Rows[0].Reason));
        using var options = JsonDocument.Parse(chosen.Recorded.Options);
        Assert.Equal((3, 3), (options.RootElement.GetProperty("labelled").GetInt32(),
            options.RootElement.GetProperty("unlabelled").GetInt32()));
        Assert.False(Directory.Exists(Path.Combine(w.Folder, "next")));              // what the choice kept meanwhile
    }

    /// <summary>Which round a label belongs to says whether a strategy chose its image: not one that was taken back,
    /// and not one of the page that was overtaken before.</summary>
    [Fact]
    public void Next_LabelsOfARandomRound_AfterAStrategyHadChosenTheSameInVain_AreThoseThatNoStrategyChose()
    {
        using var w = Make();
        PickRow[] picks = [.. w.Images().Take(3).Select((image, i) => new PickRow(image.Id, i + 1, null, null))];
        w.RecordRound(SomeRound.Of(3, "vaal"), picks);
        w.Undo();
        w.RecordRound(SomeRound.Of(3, "coverage") with { Options = """{"serve":{}}""" }, picks);
        w.RecordRound(SomeRound.Of(3), picks);
        foreach (var path in new[] { "0.png", "1.png", "2.png" }) Label(w, path, "cat");
        var chooser = new First();
        w.Next(chooser);
        Assert.Equal(["0.png", "1.png", "2.png"], Paths(w, chooser.Asked.Unchosen!, chooser.Asked.Images));
    }

    [Fact]
    public void Next_ARoundThatWasTakenBack_IsNotGivenAgain()
    {
        using var w = Make();
        var first = w.Next(new First());
        w.Undo();
        var second = w.Next(new First());
        Assert.Equal((1, 2, false), (first.Round, second.Round, second.Again));
        Assert.Equal(first.Rows[0].Image, second.Rows[0].Image);
    }

    [Fact]
    public void Next_AFileHasOtherPixelsNow_IsNotTheSameRoundAgain()
    {
        using var w = Make();
        w.Next(new First());
        Assert.True(w.Next(new First()).Again);
        _folder.Write("w/5.png", Pictures.Random(50));
        w.Index(new());
        Assert.False(w.Next(new First()).Again);
    }

    [Fact]
    public void Next_OtherClassesOfAnImageOfSeveral_IsNotTheSameRoundAgain()
    {
        using var w = Make(new() { MultiLabel = true });
        Import("0.png,cat|dog\n1.png,cat\n");
        var several = LabelForm.Classes;
        w.Next(new First { Labels = several });
        Assert.True(w.Next(new First { Labels = several }).Again);
        Import("0.png,cat\n1.png,cat|dog\n");                                        // as many of each as before
        Assert.False(w.Next(new First { Labels = several }).Again);

        void Import(string lines) =>
            w.Import(_folder.Write("l.csv", $"path,labels\n{lines}"), new ImportOptions { Replace = true });
    }

    [Fact]
    public void Train_AfterARoundWasTakenBack_IsOfTheRoundBefore()
    {
        using var w = Make(new() { TestList = _folder.Write("t.txt", "4.png\n5.png\n") });
        foreach (var (path, name) in new[] { ("0.png", "cat"), ("1.png", "dog"), ("4.png", "cat") })
            Label(w, path, name);
        w.RecordRound(SomeRound.Of(1), [new(w.Images()[2].Id, 1, null, null)]);
        w.RecordRound(SomeRound.Of(1), [new(w.Images()[3].Id, 1, null, null)]);
        w.Undo();
        var learner = new Right();
        var row = w.Train(learner);
        // 5.png has no label to test on
        Assert.Equal((1, 2, 1, 1), (row.Round, row.Labels, row.Tests, row.Correct));
        string[] Of(IEnumerable<int> ids) => [.. ids.Select(id => learner.Asked.Images.Paths[id])];
        Assert.Equal(["0.png", "1.png"], Of(learner.Asked.Labelled));
        Assert.Equal(["4.png"], Of(learner.Asked.Test));
        Assert.Equal(["2.png", "3.png"], Of(learner.Asked.Unlabelled));
    }

    /// <summary>A training cannot learn from an image in which nothing is; its label is no new one after
    /// that.</summary>
    [Fact]
    public void Status_AfterATrainingThatCouldNotUseALabel_AsksForNoOther_UntilOneCame()
    {
        const string train = "'vaal train' trains a model on the new labels";
        using var w = Make(new() { TestList = _folder.Write("t.txt", "5.png\n") });
        foreach (var (path, name) in new[] { ("0.png", "cat"), ("1.png", "dog"), ("5.png", "cat") })
            Label(w, path, name);
        w.Label(w.Images().Single(i => i.Path == "2.png").Id, null, [], "ann", "test");
        Assert.Contains(train, w.Status().Next, StringComparison.Ordinal);
        Assert.Equal(2, w.Train(new Right()).Labels);
        Assert.DoesNotContain(train, w.Status().Next, StringComparison.Ordinal);
        Label(w, "3.png", "cat");
        Assert.Contains(train, w.Status().Next, StringComparison.Ordinal);
    }

    [Fact]
    public void NextAndTrain_HoldTheWorkspace()
    {
        using var w = Make(new() { TestList = _folder.Write("t.txt", "4.png\n5.png\n") });
        foreach (var (path, name) in new[] { ("0.png", "cat"), ("1.png", "dog"), ("4.png", "cat") })
            Label(w, path, name);
        w.Train(new Right(_ =>
        {
            using var other = Workspace.Open(_folder["w"]);
            Assert.Contains("another vaal (train, pid",
                Assert.Throws<InputException>(() => other.Lock("next", TimeSpan.Zero)).Message,
                StringComparison.Ordinal);
        }));
        using (w.Lock("next", TimeSpan.Zero)) { }                                    // free again
    }

    /// <summary>Who holds a workspace takes the name away first, and then lets go.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public async Task Take_HolderWhoseNameIsGone_IsNamedAsBefore()
    {
        Directory.CreateDirectory(_folder["held"]);
        using var held = new FileStream(_folder["held/lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var name = _folder.Write("held/lock.holder", """{"command":"train","pid":7,"since":"2026-01-01T00:00:00Z"}""");
        var taking = Task.Run(() => Record.Exception(
            () => WorkspaceLock.Take(_folder["held"], "next", TimeSpan.FromSeconds(1)).Dispose()));
        await Task.Delay(500, TestContext.Current.CancellationToken);
        File.Delete(name);
        Assert.StartsWith("another vaal (train, pid 7, since ", (await taking)!.Message, StringComparison.Ordinal);
    }

    /// <summary>A command that changes labels waits for another one that does, and then names it.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public async Task Labels_WhileAnotherCommandChangesThem_AreLeftAlone()
    {
        using var w = Make(new() { Classes = ["cat", "dog"] });
        Label(w, "0.png", "cat");
        var table = _folder.Write("l.csv", "path,label\n1.png,cat\n");
        using (WorkspaceLock.Take(w.Folder, "import", TimeSpan.Zero, name: "labels.lock"))
        {
            Action<Workspace>[] changes = [o => o.Import(table), o => o.RenameClass("cat", "puss"), o => o.Undo(),
                o => o.Index(new())];
            var refused = await Task.WhenAll(changes.Select(change => Task.Run(() =>
            {
                using var other = Workspace.Open(_folder["w"]);
                return Record.Exception(() => change(other))?.Message;
            })));
            // two of them want the workspace itself before
            Assert.All(refused, message => Assert.Matches(@"^another vaal \((import|undo|init), pid \d+", message));
        }
        Assert.Equal("cat", Assert.Single(w.Labels()).Class);
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
    }
}

using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What a workspace refuses at its entrances, and how far it says that a long change is.</summary>
public sealed class WorkspaceEntrancesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;

    public WorkspaceEntrancesTests()
    {
        for (var i = 0; i < 3; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        _w = Workspace.Create(_folder["images"]);
        _w.Index(new() { NearDuplicates = 0, Encoder = "none" });
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private void Label(int image, string? name) => _w.Label(image, name, [], "ann", "test");

    private static string Refused(Action change) => Assert.Throws<InputException>(change).Message;

    /// <summary>Without a name, all classes but those in use would be refused from then on.</summary>
    [Fact]
    public void Classes_NoneNamed_AreRefused_AndAnyClassIsAcceptedStill()
    {
        Label(1, "cat");
        Assert.Equal("expected the name of a class to add, found none", Refused(() => _w.AddClasses()));
        Assert.Equal("expected the name of a class to merge, found none", Refused(() => _w.MergeClasses([], "cat")));
        Assert.Empty(_w.DeclaredClasses);
    }

    [Fact]
    public void Arguments_ThatAreNull_AreNamed()
    {
        Label(1, "cat");
        (string Name, Action Call)[] calls =
        [
            ("format", () => _w.Export(ExportWhat.All, null!)),
            ("format", () => _w.ExportReview(new([], 0), null!)), ("path", () => _w.Import(null!)),
            ("from", () => _w.RenameClass(null!, "dog")), ("to", () => _w.RenameClass("cat", null!)),
            ("into", () => _w.MergeClasses(["cat"], null!)), ("name", () => _w.AddAnnotator(null!, false)),
            ("name", () => _w.RemoveAnnotator(null!)),
        ];
        foreach (var (name, call) in calls) Assert.Equal(name, Assert.Throws<ArgumentNullException>(call).ParamName);
    }

    [Fact]
    public void Export_OfNoSuchChoice_IsRefused()
    {
        const string refusal = "no choice of images 77; there are: picks, labelled, unlabelled, test, all";
        Assert.Equal(refusal, Refused(() => _w.Export((ExportWhat)77, "csv")));
    }

    /// <summary>Two people with one name would be two in every count.</summary>
    [Theory]
    [InlineData("ann", "ANN")]
    [InlineData("zo\u00eb", "zoe\u0308")]
    [InlineData("\u00c9va", "e\u0301va")]
    public void AddAnnotator_NameThatLooksLikeAnothers_IsRefused(string known, string name)
    {
        _w.AddAnnotator(known, owner: false);
        Assert.Equal("expected a name that differs by more than case, or how accents are composed, from that of "
            + $"'{known}', found '{name}'; use '{known}' for the same person",
            Refused(() => _w.AddAnnotator(name, owner: false)));
        _w.RemoveAnnotator(known);
        Assert.Throws<InputException>(() => _w.AddAnnotator(name, owner: false));
        _w.AddAnnotator(known, owner: true);
        Assert.Equal(known, Assert.Single(_w.People()).Name);
    }

    [Fact]
    public void Index_ClassesThatDifferInCaseOnly_AreDeclared_AndPointedOut()
    {
        var notes = _w.Index(new() { Classes = ["owl", "OWL", "cat"] }).Notes;
        Assert.Equal(["the classes 'owl' and 'OWL' differ only in case, or in how accents are composed; 'vaal classes "
            + "merge' makes one of two"], notes);
        Assert.Equal(["owl", "OWL", "cat"], _w.DeclaredClasses);
        Assert.Equal(["owl", "cat"], _w.MergeClasses(["OWL"], "owl").Classes);
    }

    /// <summary>In a workspace of classes a task without a choice is one that nobody has answered.</summary>
    [Fact]
    public void Losses_EmptyImageInLabelStudio_IsSaid_UnlessShapesTellThatItIsEmpty()
    {
        Label(1, "cat");
        Label(2, null);
        string[] Of(string format) => [.. _w.Export(ExportWhat.Labelled, format).Losses];
        Assert.Equal(["1 image is empty: another workspace of classes would read no label for it from label-studio; "
            + "json keeps it"], Of("label-studio"));
        Assert.Empty(Of("json"));
        var (file, _, _) = _w.Export(ExportWhat.Labelled, "label-studio");
        using (var other = Workspace.Create(_folder["images"], _folder["other"]))
        {
            other.Index(new() { NearDuplicates = 0, Encoder = "none" });
            other.Import(file);
            Assert.Equal([1], other.Labels().Select(l => l.Image));
        }
        _w.Label(3, null, [new Box("cat", 1, 1, 9, 9)], "ann", "test");
        Assert.Empty(Of("label-studio"));
    }

    /// <summary>An encoder that a program registered is known to that program alone.</summary>
    [Fact]
    public void Next_EncoderOfAnotherProgram_IsNeededByStrategiesThatCompareImages()
    {
        _w.Index(new() { Encoder = "col" });
        NextReport Next(string strategy) => _w.Next(new BatchChooser(new() { Strategy = strategy, Budget = 2 }));
        Assert.EndsWith("found 'col', which another program may have registered; use that program, or 'vaal init "
            + "--encoder resnet18'", Refused(() => Next("coverage")), StringComparison.Ordinal);
        Assert.Equal(2, Next("random").Images);
    }
}

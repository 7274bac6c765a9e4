using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>The lines of docs/workspace-library.md, but for the folder and the strategy.</summary>
public sealed class WorkspaceLibraryTests
{
    [Trait("Category", "Slow")]
    [Fact]
    public void Page_FromFolderToAccuracy()
    {
        using var folder = new TemporaryFolder();
        string[] kinds = ["even", "odd"];
        for (var i = 0; i < 60; i++) folder.Write($"photos/{i}.png", Pictures.Random(i));
        folder.Write(
            "labelled.csv", "path,label\n" +
            string.Concat(Enumerable.Range(0, 60).Select(i => $"{i}.png,{kinds[i % 2]}\n")));
        var quick = new VaalOptions(width: 16, iterations: 10, batchSize: 8);

        using var workspace = Workspace.Create(folder["photos"]);
        workspace.Index(new IndexOptions(test: "20%"));
        var chosen = workspace.Next(
            new BatchChooser(new NextOptions(budget: 20, strategy: "vaal", vaal: quick)));
        workspace.Export(ExportWhat.Picks, "label-studio", folder["to-label.json"]);

        workspace.Import(folder["labelled.csv"], by: "ann");
        var training = workspace.Train(new LinearLearner());
        var line = $"{chosen.Note} {chosen.Verdict} {training.Accuracy.Estimate:P0} {workspace.Worth().Words}";

        Assert.Equal((20, 48, 12), (chosen.Chosen, training.Labels, training.Tests));
        Assert.Equal(
            20, System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder["to-label.json"]))
            .RootElement.GetArrayLength());
        Assert.Equal("coverage", chosen.Strategy);                                    // no label yet
        Assert.EndsWith(
            "run 'vaal train' before and after a round to measure what further labels are worth", line,
            StringComparison.Ordinal);
        Assert.Contains(
            "there is nothing left to choose", Assert.Throws<InputException>(
            () => workspace.Next(new BatchChooser(new NextOptions()))).Message, StringComparison.Ordinal);
    }
}

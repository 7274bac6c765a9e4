using Vaal.Data;
using Vaal.Strategies;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.House;

/// <summary>
/// README.md's C# blocks, letter for letter, so that they compile; <see cref="ReadmeTests"/> compares the texts and
/// runs the first, <see cref="Workspaces.WorkspaceLibraryTests"/> runs the second's steps.
/// </summary>
internal static class ReadmeExample
{
    /// <param name="Console">stands in for the real one, so that what is printed can be read</param>
    public static void Run(string folder, TextWriter Console)
    {
        // begin
        using var data = DataFormats.Load(folder, new LoadOptions(size: 32));
        var pool = new Pool(data.Pool);
        for (var id = 0; id < pool.Images.Count; id += 10) pool.Label(id, 0);            // what is labelled already

        using var networks = new Networks(pool, new VaalOptions(iterations: 100));
        var query = new Query(pool, budget: 20, networks);
        foreach (var id in QueryStrategies.Create("vaal").Select(query).Ids)
            Console.WriteLine(data.Pool.Paths[id]);
        // end
    }
    /// <param name="Console">stands in for the real one</param>
    public static void RunWorkspace(TextWriter Console)
    {
        // begin
        using var workspace = Workspace.Create("photos");
        workspace.Index(new IndexOptions(test: "20%"));
        var chosen = workspace.Next(new BatchChooser(new NextOptions(budget: 20)));
        workspace.Export(ExportWhat.Picks, "label-studio", "to-label.json");

        workspace.Import("labelled.csv", by: "ann");
        var training = workspace.Train(new LinearLearner());
        Console.WriteLine($"{chosen.Note} {chosen.Verdict} {training.Accuracy.Estimate:P0} {workspace.Worth().Words}");
        // end
    }
}

using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests;

/// <summary>README.md's first C# block, letter for letter; <see cref="ReadmeTests"/> compares the two and runs it.</summary>
internal static class ReadmeExample
{
    /// <param name="Console">stands in for the real one, so that what is printed can be read</param>
    public static void Run(string folder, TextWriter Console)
    {
        // begin
        using var data = DataFormats.Load(folder, new LoadOptions { Size = 32 });
        var pool = new Pool(data.Pool);
        for (var id = 0; id < pool.Images.Count; id += 10) pool.Label(id, 0);            // what is labelled already

        using var networks = new Networks(pool, VaalOptions.Balanced with { Iterations = 100 });
        var query = new Query { Pool = pool, Budget = 20, Seed = 1, Networks = networks };
        foreach (var id in QueryStrategies.Create("vaal").Select(query).Ids)
            Console.WriteLine(data.Pool.Paths[id]);
        // end
    }
}

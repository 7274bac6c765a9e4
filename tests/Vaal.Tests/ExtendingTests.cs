using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests;

/// <summary>A user's own strategy and data format, as docs/extending.md shows them.</summary>
[Collection(TorchCollection.Name)]
public sealed class ExtendingTests
{
    [Fact]
    public void Register_AStrategyAndAFormat_AreUsedByName()
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[8 * 1_024];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i / 1_024 * 30);     // image 7 is the brightest
        folder.Write("images.raw", bytes);
        ExtendingExample.Strategy();
        ExtendingExample.Format();
        try
        {
            using var data = DataFormats.Load(folder.Path, new LoadOptions { Size = 32 });
            Assert.Equal(("raw-grey", 8), (data.Name, data.Pool.Count));

            var pool = new Pool(data.Pool);
            pool.Label(7, 0);
            using var networks = new Networks(pool);
            var query = new Query { Pool = pool, Budget = 2, Seed = 1, Networks = networks };
            Assert.Equal([6, 5], QueryStrategies.Create("brightest").Select(query).Ids);
            Assert.Equal("the brightest images", QueryStrategies.Describe("brightest"));
            Assert.Throws<ArgumentException>(ExtendingExample.Strategy);
            Assert.Throws<ArgumentException>(ExtendingExample.Format);
        }
        finally
        {
            QueryStrategies.Unregister("brightest");
            DataFormats.Unregister("raw-grey");
        }
    }

    [Fact]
    public void Loop_WithAnOracleOfYourOwn_LearnsItsLabels()
    {
        using var data = TinyImages.Data(20);
        var options = new LoopOptions
        {
            Strategy = "random",
            Initial = 4,
            Budget = 2,
            Rounds = 2,
            Task = TinyImages.Task,
        };
        var loop = ExtendingExample.Oracle(options, data);
        loop.Run();
        Assert.Equal(6, loop.Pool.Labelled.Count);
        Assert.All(loop.Pool.Labelled, id => Assert.Equal(data.Pool[id][0] < 128 ? 0 : 1, loop.Pool.ClassOf(id)));
    }

    [Theory]
    [InlineData("Brightest")]
    [InlineData("a b")]
    [InlineData("")]
    public void Register_AStrangeName_IsRefused(string name) =>
        Assert.ThrowsAny<ArgumentException>(
            () => QueryStrategies.Register(name, "", () => new ExtendingExample.Brightest()));

    [Fact]
    public void Page_ShowsTheCodeThatIsCompiled()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Vaal.Tests", "ExtendingExample.cs"));
        var compiled = source.Split("// begin\n").Skip(1)
            .Select(b => Unindented(b[..b.LastIndexOf('\n', b.IndexOf("// end", StringComparison.Ordinal))]));
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "extending.md"));
        Assert.All(compiled, code => Assert.Contains($"```csharp\n{code}\n```", page, StringComparison.Ordinal));
    }

    private static string Unindented(string code)
    {
        var lines = code.Split('\n');
        var indent = lines[0].TakeWhile(c => c == ' ').Count();
        return string.Join('\n', lines.Select(l => l.Length < indent ? "" : l[indent..]));
    }
}

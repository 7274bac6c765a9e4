using Vaal.Data;
using Vaal.Encoders;
using Vaal.Strategies;
using Vaal.Workspaces;

namespace Vaal.Tests.House;

/// <summary>A user's own strategy and data format, as docs/extending.md shows them.</summary>
[Collection(RunsAlone.Name)]
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
            Assert.Equal("that are brightest", QueryStrategies.Describe("brightest"));
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
    public void Register_AnEncoder_IsUsedByAWorkspace()
    {
        using var folder = new TemporaryFolder();
        (byte R, byte G, byte B)[] colours = [(250, 0, 0), (245, 0, 0), (0, 250, 0), (0, 245, 0), (0, 0, 250)];
        foreach (var (i, (r, g, b)) in colours.Index())
            folder.Write($"{i}.png", TestImages.Rgb(64, 64, r, g, b));
        ExtendingExample.Encoder();
        try
        {
            Assert.Throws<ArgumentException>(ExtendingExample.Encoder);
            Assert.Contains("colours", PretrainedEncoders.Names);
            using var workspace = Workspace.Create(folder.Path, folder["workspace"]);
            workspace.Index(new IndexOptions { Encoder = PretrainedEncoders.Resolve("colours"), NearDuplicates = 0 });
            var (notes, problems) = workspace.MakeFeatures(new FeatureMaker());
            Assert.Empty(notes);
            Assert.Empty(problems);
            using var rows = SourceFeatures.Of(workspace.Sources())!;
            Assert.Equal([0f, 245f, 0f], rows.Rows([3]).Select(v => MathF.Round(v)));          // float16 keeps these

            // coverage takes one image of each colour
            var chosen = workspace.Next(new BatchChooser(new NextOptions { Budget = 3, Strategy = "coverage" }));
            Assert.Equal(["blue", "green", "red"], workspace.Chosen(chosen.Round.Id)
                .Select(c => c.Place[0] switch { '0' or '1' => "red", '2' or '3' => "green", _ => "blue" }).Order());
        }
        finally
        {
            PretrainedEncoders.Unregister("colours");
        }
    }

    [Theory]
    [InlineData(4, 3, "expected a size of 8..2048 pixels, found 4")]
    [InlineData(32, 0, "expected at least 1 feature, found 0")]
    public void Register_AnEncoderWithStrangeSizes_IsRefusedWhenOpened(int size, int features, string said) =>
        Assert.Contains(said, Assert.Throws<InputException>(
            () => new RegisteredEncoder("odd", new Odd(size, features))).Message);

    private sealed record Odd(int Size, int FeatureDim) : IImageEncoder
    {
        public string Version => "";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features) { }
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
        var source = File.ReadAllText(
            Path.Combine(Repository.Root, "tests", "Vaal.Tests", "House", "ExtendingExample.cs"));
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

using System.Text.Json;
using Vaal.Tests;
using Vaal.Workspaces;

namespace Vaal.Web.Tests;

/// <summary>The options of <c>vaal serve</c> are those of the server, by the real executable.</summary>
[Trait("Category", "Slow")]
public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ServeCommandTests()
    {
        for (var i = 0; i < 3; i++) _folder.Write($"{i}.png", Vaal.Tests.Pictures.Random(i));
        using var workspace = Workspace.Create(_folder.Path);
        workspace.Index(new() { Encoder = "none" });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_LearnEveryAndOverlap_AreSettingsOfThePage()
    {
        using var process = VaalProgram.Start(
            ["serve", "--workspace", _folder.Path, "--learn-every", "7", "--overlap", "25%", "--json"]);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync();
            using var owner = await Caller.Enter(new(JsonDocument.Parse(line!).RootElement.GetProperty("url")
                .GetString()!));
            var project = await owner.Get("/api/v1/project");
            Assert.Equal((7, 0.25), (project.GetProperty("learnEvery").GetInt32(),
                project.GetProperty("overlap").GetDouble()));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Serve_ToTheNetwork_SaysWhatIsExposed()
    {
        using (var workspace = Workspace.Open(_folder.Path)) workspace.AddAnnotator("ann", owner: false);
        using var process = VaalProgram.Start(["serve", "--workspace", _folder.Path, "--lan", "--json"]);
        try
        {
            var said = new List<string>();
            // a machine without a network has no address to say
            while (said is not [.., var last] || !last.Contains("not encrypted", StringComparison.Ordinal))
                said.Add((await process.StandardError.ReadLineAsync())!);
            Assert.Equal("vaal: everybody on the network reaches this page; 1 person can sign in: ann", said[0]);
            Assert.StartsWith("vaal: it shows every image in ", said[1], StringComparison.Ordinal);
            Assert.StartsWith("vaal: the connection is not encrypted: ", said[^1], StringComparison.Ordinal);
            if (said.Count > 3)
                Assert.Matches("^vaal: where another device does not find .+ in its place: [0-9., ]+$", said[2]);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData("vaal: --overlap: expected a share such as 10%, found '0.1'", "--overlap", "0.1")]
    [InlineData("vaal: expected an overlap from 0% to 100%, found 250%", "--overlap", "250%")]
    [InlineData("vaal: expected to learn after 1 to 10000 labels, found 0", "--learn-every", "0")]
    [InlineData("vaal: expected to learn after 1 to 10000 labels, found 10001", "--learn-every", "10001")]
    [InlineData("vaal: expected a port from 0 to 65535, found 70000", "--port", "70000")]
    [InlineData("vaal: expected a certificate (PFX, or PEM with its private key), found no file none.pem",
        "--certificate", "none.pem")]
    [InlineData("vaal annotator add", "--lan")]
    public void Serve_OptionThatCannotBe_IsOneLine(string problem, params string[] options)
    {
        var outcome = VaalProgram.Run(["serve", "--workspace", _folder.Path, .. options]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(problem, Assert.Single(outcome.ErrorLines), StringComparison.Ordinal);
    }
}

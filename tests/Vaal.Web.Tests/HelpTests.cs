using System.Diagnostics;
using System.Text;
using Vaal.Tests;

namespace Vaal.Web.Tests;

[Trait("Category", "Slow")]
public sealed class HelpTests
{
    /// <summary>The runtime writes down which assemblies it loads.</summary>
    [Theory]
    [InlineData("--help")]
    [InlineData("serve", "--help")]
    public void Help_LoadsNothingOfAWebServer(params string[] args)
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(VaalProgram.Path, args) { RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableEventPipe"] = "1";
        start.Environment["DOTNET_EventPipeConfig"] = "Microsoft-Windows-DotNETRuntime:0x8:4";    // the loader
        start.Environment["DOTNET_EventPipeOutputPath"] = folder["loaded.nettrace"];
        using (var process = Process.Start(start)!)
        {
            Assert.Contains("serve", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
            process.WaitForExit();
        }
        var loaded = File.ReadAllBytes(folder["loaded.nettrace"]);
        bool Has(string name) => loaded.AsSpan().IndexOf(Encoding.Unicode.GetBytes(name)) >= 0;
        Assert.True(Has("System.CommandLine.dll"), "the list of assemblies is not there");
        Assert.False(Has("Microsoft.AspNetCore"), "ASP.NET Core is loaded");
        Assert.False(Has("Vaal.Web.dll"), "Vaal.Web is loaded");
    }
}

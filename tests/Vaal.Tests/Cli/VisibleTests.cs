using Vaal.Cli.Terminal;

namespace Vaal.Tests.Cli;

public sealed class VisibleTests
{
    [Theory]
    [InlineData("cat é 猫 😀 [x] 50%")]
    [InlineData("two\nlines\tand\r\nthree")]
    public void Text_Harmless_StaysAsItIs(string text) => Assert.Equal(text, Visible.Text(text));

    [Theory]
    [InlineData("a\eb", @"a\u001bb")]
    [InlineData("a\ab", @"a\u0007b")]
    [InlineData("a\0b\u007f", @"a\u0000b\u007f")]
    [InlineData("a\u0085\u009b2J", @"a\u0085\u009b2J")]
    [InlineData("over\rwritten", @"over\u000dwritten")]
    [InlineData("cat\u202egnp.exe", @"cat\u202egnp.exe")]
    [InlineData("\u2066a\u2069\u200f\u061c", @"\u2066a\u2069\u200f\u061c")]
    public void Text_ThatATerminalObeys_IsShownAsJsonWritesIt(string text, string shown)
    {
        Assert.Equal(shown, Visible.Text(text));
        Assert.Equal(text, System.Text.Json.JsonSerializer.Deserialize<string>($"\"{shown}\""));
    }

    [Fact]
    public void Line_LineBreaks_AreShown() => Assert.Equal(@"a\u000ab", Visible.Line("a\nb"));

    [Fact]
    public void Json_ControlCharacters_StaysJsonOfTheSameText()
    {
        using var screen = new StringWriter { NewLine = "\n" };
        Output.Json(new { name = "a\e\u009b\u202eb" }, new VisibleWriter(screen));
        Assert.DoesNotContain(screen.ToString(), c => c is '\e' or '\u009b' or '\u202e');
        using var read = System.Text.Json.JsonDocument.Parse(screen.ToString());
        Assert.Equal("a\e\u009b\u202eb", read.RootElement.GetProperty("name").GetString());
    }

    // the one place holds only if nothing goes past it
    [Fact]
    public void Commands_AnyOfThem_PrintThroughOutput()
    {
        var folder = Path.Combine(Repository.Root, "src/Vaal.Cli/Commands");
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs"))
            Assert.DoesNotMatch(@"\bConsole\.(Write|Out|Error|Open)", File.ReadAllText(file));
    }
}

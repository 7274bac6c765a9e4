using Spectre.Console;
using Vaal.Cli.Terminal;
using Table = Vaal.Cli.Terminal.Table;

namespace Vaal.Tests.Cli;

public sealed class OutputTests
{
    private static Table Example() => new Table("strategy", "labels", "accuracy", "note")
        .Add("vaal", "1,000", "61.0 ± 0.4%", "[best] µ")
        .Add("random", "50", "", "");

    [Fact]
    public void Table_InAPipe_IsAlignedPlainText() => Assert.Equal(
        """
        strategy  labels     accuracy  note
        vaal       1,000  61.0 ± 0.4%  [best] µ
        random        50

        """.ReplaceLineEndings("\n"), Example().ToString());

    [Fact]
    public void Table_OnATerminal_HoldsTheSameCells()
    {
        using var screen = new StringWriter();
        var console =
            AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(screen) });
        console.Profile.Width = 100;
        Example().Print(console);
        var words = screen.ToString().Split([' ', '\r', '\n', '─'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["strategy", "labels", "accuracy", "note", "vaal", "1,000", "61.0", "±", "0.4%", "[best]", "µ",
                "random", "50"], words);
    }

    [Fact]
    public void Table_WrongNumberOfCells_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Table("a", "b").Add("1"));

    private sealed record Row(string Strategy, int Labels, double Accuracy, double? Low, DayOfWeek Day);

    [Fact]
    public void Json_Record_IsOneLineOfCamelCaseThatReadsBack()
    {
        using var screen = new StringWriter { NewLine = "\n" };
        Output.Json(new Row("vaal µ", 5, 0.1 + 0.2, double.NaN, DayOfWeek.Friday), screen);
        Assert.Equal(
            """{"strategy":"vaal µ","labels":5,"accuracy":0.30000000000000004,"low":null,"day":"friday"}""" + "\n",
            screen.ToString());
    }
}

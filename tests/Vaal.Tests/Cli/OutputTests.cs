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

    private static string Shown(Table table, int width)
    {
        using var screen = new StringWriter { NewLine = "\n" };
        var console =
            AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(screen) });
        console.Profile.Width = width;
        table.Print(console);
        var shown = screen.ToString().ReplaceLineEndings("\n");
        Assert.All(shown.Split('\n'), line => Assert.True(TableLayout.Width(line.TrimEnd()) <= width, line));
        return shown;
    }

    [Fact]
    public void Table_OnANarrowTerminal_WrapsCellsBetweenWordsAndNoHeader()
    {
        var rounds = new Table("round", "strategy", "chosen", "labelled", "when", "minutes")
            .Add("3", "uncertainty-coverage (taken back)", "200", "12", "2026-11-29 10:54", "0.0");
        var shown = Shown(rounds, 60);
        Assert.Matches(@"\n +round +strategy +chosen +labelled +when +minutes", shown);
        Assert.Contains(" uncertainty-", shown);
        Assert.Matches(@"\n +coverage", shown);
        Assert.Contains(" 2026-11-29 ", shown);
    }

    [Fact]
    public void Table_WordsThatDoNotFitBesideEachOther_StandInALineEach()
    {
        var encoders = new Table("name", "features", "MB", "licence", "here", "what")
            .Add("dinov2-small", "384", "89", "Apache-2.0", "/home/ann/.cache/vaal/encoders/dinov2-small",
                "ViT-S/14, self-supervised; sees details")
            .Add("none", "", "", "MIT", "", "");
        Assert.Contains("\n dinov2-small ", Shown(encoders, 72));                      // a name that people copy
        var shown = Shown(encoders, 40);
        Assert.StartsWith("dinov2-small\n  features: 384\n  MB: 89\n  licence: Apache-2.0\n  here:\n    /home/ann/",
            shown, StringComparison.Ordinal);
        Assert.EndsWith("  what: ViT-S/14, self-supervised;\n    sees details\nnone\n  licence: MIT\n", shown,
            StringComparison.Ordinal);
        Assert.Contains("/home/ann/.cache/vaal/encoders/dinov2-small",
            string.Concat(shown.Split('\n').Select(l => l.Trim())));
    }

    [Fact]
    public void Table_WrongNumberOfCells_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Table("a", "b").Add("1"));

    [Theory]
    [InlineData("", true), InlineData("yes", true), InlineData(" No", false), InlineData("n", false)]
    [InlineData(null, false)]
    public void Asked_Answered_IsYesUnlessItIsNo(string? answer, bool agreed) =>
        Assert.Equal(agreed, Output.Asked("Index them? ", CancellationToken.None, () => answer));

    /// <summary>Somebody presses Ctrl-C instead of an answer.</summary>
    [Fact]
    public void Asked_StoppedMeanwhile_WaitsForNoAnswer()
    {
        using var stop = new CancellationTokenSource();
        var over = new TaskCompletionSource<string?>();
        Assert.ThrowsAny<OperationCanceledException>(() => Output.Asked("Index them? ", stop.Token, () =>
        {
            stop.Cancel();
            return over.Task.Wait(TimeSpan.FromMinutes(1)) ? over.Task.Result : null;
        }));
        over.SetResult(null);
    }

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

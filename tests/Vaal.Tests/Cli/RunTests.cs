using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Tests.Cli;

public sealed class RunTests
{
    private readonly StringWriter _error = new() { NewLine = "\n" };

    private int Guard(Exception e, bool stopped = false) =>
        Run.Guard(() => throw e, new CancellationToken(stopped), _error);

    [Fact]
    public void Guard_CommandEnds_GivesItsExitCode()
    {
        Assert.Equal(0, Run.Guard(() => 0, default, _error));
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Guard_InputException_IsOneLineAndOne()
    {
        Assert.Equal(1, Guard(new InputException("budget is 0;\nit must be at least 1")));
        Assert.Equal("vaal: budget is 0; it must be at least 1\n", _error.ToString());
    }

    [Fact]
    public void Guard_InputExceptionOfAWorker_IsUnwrapped()
    {
        Assert.Equal(1, Guard(new AggregateException(new InputException("no images in photos/"))));
        Assert.Equal("vaal: no images in photos/\n", _error.ToString());
    }

    [Fact]
    public void Guard_InputExceptionsOfSeveralWorkers_AreOneLine()
    {
        Assert.Equal(1, Guard(new AggregateException(new InputException("a.pixels was cut short"),
            new AggregateException(new InputException("a.pixels was cut short")))));
        Assert.Equal("vaal: a.pixels was cut short\n", _error.ToString());
    }

    [Fact]
    public void Guard_AFaultAmongThoseOfSeveralWorkers_IsOurs() =>
        Assert.Equal(2, Guard(new AggregateException(new InputException("a"), new InvalidOperationException("b"))));

    [Fact]
    public void Guard_Stopped_SaysHowToGoOn()
    {
        Assert.Equal(1, Guard(new OperationCanceledException(), stopped: true));
        Assert.Equal("vaal: stopped; run the same command again to continue\n", _error.ToString());
    }

    [Fact]
    public void Guard_CancelledByItself_IsOurs() => Assert.Equal(2, Guard(new OperationCanceledException()));

    [Fact]
    public void Guard_DiskFull_IsOneLineAndOne()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs Linux's /dev/full for a genuine 'no space left'");
        var exit = Run.Guard(() =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            full.Write("x"u8);
            return 0;
        }, default, _error);
        Assert.Equal(1, exit);
        Assert.StartsWith("vaal: no space left on the disk: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _error.ToString().Count(c => c == '\n'));
    }

    public static TheoryData<Exception, int> OfTheSystem => new()
    {
        { new IOException("Read-only file system : '/x'"), 1 },
        { new DirectoryNotFoundException("Could not find a part of the path '/x/y'."), 1 },
        { new UnauthorizedAccessException("Access to the path '/x' is denied."), 1 },
        { new Microsoft.Data.Sqlite.SqliteException("SQLite Error 10: 'disk I/O error'.", 10), 1 },
        { new FileNotFoundException("Could not load file or assembly 'X'."), 2 },
        { new Microsoft.Data.Sqlite.SqliteException("SQLite Error 1: 'no such table: images'.", 1), 2 },
    };

    [Theory, MemberData(nameof(OfTheSystem), DisableDiscoveryEnumeration = true)]
    public void Guard_WhatTheFileSystemRefuses_IsTheUsersOneLine(Exception e, int exit)
    {
        Assert.Equal(exit, Guard(e));
        if (exit == 1) Assert.Equal(1, _error.ToString().Count(c => c == '\n'));
        Assert.Contains(e.Message, _error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>As .NET throws where standard output is closed: <c>vaal status >&amp;-</c>.</summary>
    [Fact]
    public void Guard_StandardOutputIsClosed_SaysSo()
    {
        Assert.Equal(1, Guard(new UnauthorizedAccessException("Access to the path is denied.",
            new IOException("Bad file descriptor", 9))));
        Assert.Equal("vaal: standard output cannot be written: it is closed; send it to a file or to /dev/null\n",
            _error.ToString());
    }

    [Fact]
    public void Guard_AnythingElse_IsTwoWithTheStack()
    {
        Assert.Equal(2, Guard(new InvalidOperationException("oops")));
        Assert.Contains(
            "System.InvalidOperationException: oops\n   at Vaal.Tests.Cli.RunTests", _error.ToString()
            .ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Guard_StandardErrorIsGone_KeepsTheExitCode()
    {
        using var broken = new StreamWriter(new BrokenPipe()) { AutoFlush = true };
        Assert.Equal(1, Run.Guard(() => throw new InputException("x"), default, broken));
    }

    [Fact]
    public void Parse_NoNumber_SaysSoWithoutATypesName()
    {
        Assert.Equal(1, Run.Parse(["demo", "--budget", "much"], Root(), _error));
        Assert.StartsWith(
            "vaal: --budget: expected a whole number, found 'much'\n", _error.ToString(),
            StringComparison.Ordinal);
    }

    private static Command Root()
    {
        var budget = new Option<int>("--budget") { Required = true };
        var demo = new Command("demo") { budget };
        demo.SetAction(parsed => parsed.GetValue(budget) < 1
            ? throw new InputException($"budget is {parsed.GetValue(budget)}")
            : 0);
        return new Command("vaal") { demo };
    }

    [Fact]
    public void Parse_GoodCommand_RunsIt() => Assert.Equal(0, Run.Parse(["demo", "--budget", "3"], Root(), _error));

    [Fact]
    // Guard, not System.CommandLine, answers for it
    public void Parse_CommandThrows_LetsItThrough() =>
        Assert.Throws<InputException>(() => Run.Parse(["demo", "--budget", "0"], Root(), _error));

    [Theory]
    [InlineData("demo")]
    [InlineData("demo", "--budget", "many")]
    [InlineData("demo", "--budget", "1", "--bugdet")]
    public void Parse_BadCommand_IsALineAProblemAndOne(params string[] args)
    {
        Assert.Equal(1, Run.Parse(args, Root(), _error));
        var lines = _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("run 'vaal demo --help' for help", lines[^1]);
        Assert.All(lines[..^1], l => Assert.StartsWith("vaal: ", l, StringComparison.Ordinal));
        Assert.Equal(2, lines.Length);
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", 32);

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("Broken pipe", 32);
    }
}

using CsCheck;
using Vaal.Data.Fetch;

namespace Vaal.Tests.Data;

/// <summary>Connections and servers that fail, one way or another.</summary>
public sealed partial class FetchTests
{
    [Fact]
    public void Fetch_ConnectionDrops_GoesOnWhereItWasAndWaitsLonger()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { CutAfter = a.Number < 4 ? 30_000 : null });
        Assert.True(Fetch(server));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
        Assert.Equal([null, 30_000, 60_000, 90_000], server.Requests.Select(r => r.From));
        Assert.Equal([null, "\"1\"", "\"1\"", "\"1\""], server.Requests.Select(r => r.IfRange));
        Assert.Equal([1, 2, 4], _waits);
    }

    [Fact]
    public void Fetch_EveryAttemptDrops_GivesUpAndTheNextGoesOn()
    {
        using (var bad = new FileServer(a => FileServer.Proper(a, Bytes) with { CutAfter = 1_000 }))
        {
            var message = Assert.Throws<InputException>(() => Fetch(bad)).Message;
            Assert.Contains(
                "5 times in a row; 5,000 of 100,000 bytes are here, and the same command continues from there", message,
                StringComparison.Ordinal);
            Assert.Equal(5, bad.Requests.Count);
        }
        Assert.Equal([1, 2, 4, 8], _waits);
        Assert.False(Directory.Exists(_folder["data/set"]));
        using var good = new FileServer(a => FileServer.Proper(a, Bytes));
        Assert.True(Fetch(good));
        Assert.Equal(5_000, Assert.Single(good.Requests).From);
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Fact]
    public void Fetch_DropsThatBringMuch_AreNotCounted()
    {
        var large = Noise(9 << 20, 3);
        using var server = new FileServer(a => FileServer.Proper(a, large) with { CutAfter = 1 << 20 });
        Store.Fetch(Source(server, Of("a.bin", large)), Options());
        Assert.Equal(9, server.Requests.Count);
        Assert.All(_waits, w => Assert.Equal(1, w));
        Assert.True(large.AsSpan().SequenceEqual(File.ReadAllBytes(Here)));
    }

    [Fact]
    public void Fetch_ServerIgnoresRanges_BeginsAnew()
    {
        using var server = new FileServer(a => new Answer(200, Bytes) { CutAfter = a.Number == 1 ? 70_000 : null });
        Assert.True(Fetch(server));
        Assert.Equal([null, 70_000], server.Requests.Select(r => r.From));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Fact]
    public void Fetch_FileChangedMeanwhile_IsTakenWhole()
    {
        var old = Noise(Bytes.Length, 9);
        using var server = new FileServer(a => a.Number == 1
            ? FileServer.Proper(a, old, "\"old\"") with { CutAfter = 50_000 }
            : FileServer.Proper(a, Bytes, "\"new\""));
        Assert.True(Fetch(server));
        Assert.Equal([(null, null), (50_000, "\"old\"")], server.Requests.Select(r => (r.From, r.IfRange)));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Theory]
    [InlineData("ETag: W/\"1\"", null)]
    [InlineData("Last-Modified: Thu, 31 Aug 2017 10:50:27 GMT", "Thu, 31 Aug 2017 10:50:27 GMT")]
    public void Fetch_WeakTagOrDate_AsksForTheRestAsItMay(string header, string? ifRange)
    {
        using var server = new FileServer(a => a.Number == 1
            ? new Answer(200, Bytes, header) { CutAfter = 50_000 }
            : FileServer.Proper(a, Bytes, ifRange ?? ""));
        Assert.True(Fetch(server));
        Assert.Equal([(null, null), (50_000, ifRange)], server.Requests.Select(r => (r.From, r.IfRange)));
    }

    [Fact]
    public void Fetch_FileChangedAndNobodySaysSo_ChecksumTellsAndItIsFetchedAnew()
    {
        var old = Noise(Bytes.Length, 9);
        using var server = new FileServer(
            a => a.Number == 1 ? new Answer(200, old) { CutAfter = 50_000 } : FileServer.Proper(a, Bytes));
        Assert.True(Fetch(server));
        Assert.Equal([null, 50_000, null], server.Requests.Select(r => r.From));
        Assert.Equal(Bytes, File.ReadAllBytes(Here));
    }

    [Fact]
    public void Fetch_WrongBytes_AreRefusedAndNotKept()
    {
        using var server = new FileServer(a => FileServer.Proper(a, Noise(Bytes.Length, 9)));
        var message = Assert.Throws<InputException>(() => Fetch(server)).Message;
        Assert.StartsWith(
            "expected a.bin with SHA-256 ", message, StringComparison.Ordinal);
        Assert.Contains($", found another file at {server.Address}a.bin, which", message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.bin*", SearchOption.AllDirectories));
        Assert.Single(server.Requests);
        Assert.False(Store.Holds(Source(server)));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public void Fetch_Refused_IsOneClearLineAndNotTriedAgain(int status)
    {
        using var server = new FileServer(_ => new Answer(status, "no"u8.ToArray()));
        Assert.Equal(
            $"{server.Address}a.bin: the server answers {status} As told; give another server with --from",
            Assert.Throws<InputException>(() => Fetch(server)).Message);
        Assert.Single(server.Requests);
        Assert.Empty(_waits);
    }

    [Fact]
    public void Fetch_ServerIsBusy_IsTriedAgain()
    {
        using var server =
            new FileServer(a => a.Number < 3 ? new Answer(503, "busy"u8.ToArray()) : FileServer.Proper(a, Bytes));
        Assert.True(Fetch(server));
        Assert.Equal([1, 2], _waits);
    }

    [Theory]
    [InlineData(99_999)]
    [InlineData(100_001)]
    public void Fetch_AnotherLengthIsTold_IsRefusedAtOnce(int length)
    {
        using var server = new FileServer(_ => new Answer(200, new byte[length]));
        Assert.Contains(
            $"expected a.bin of 100,000 bytes, found {length:N0} bytes at",
            Assert.Throws<InputException>(() => Fetch(server)).Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Fetch_BodyTooLongWithoutLength_IsRefused()
    {
        using var server = new FileServer(_ => new Answer(200, [.. Bytes, 0]) { TellsLength = false });
        Assert.Contains(
            "has more than the 100,000 bytes of a.bin", Assert.Throws<InputException>(() => Fetch(server)).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Here));
    }

    [Fact]
    public void Fetch_BodyTooShortWithoutLength_GoesOn()
    {
        using var server = new FileServer(
            a => FileServer.Proper(a, Bytes) with { TellsLength = false, CutAfter = a.Number == 1 ? 60_000 : null });
        Assert.True(Fetch(server));
        Assert.Equal([null, 60_000], server.Requests.Select(r => r.From));
    }

    [Fact]
    public void Fetch_StoppedOnASlowServer_EndsSoonAndGoesOnLater()
    {
        using var stop = new CancellationTokenSource();
        using (var slow = new FileServer(a => FileServer.Proper(a, Bytes) with { PauseAfter = 40_000 }))
        {
            var fetch = Task.Run(() => Store.Fetch(Source(slow, Of("a.bin", Bytes)), Options(stop.Token)));
            Assert.True(slow.Paused.Wait(TimeSpan.FromMinutes(2)));
            Assert.True(
                SpinWait.SpinUntil(
                    () => File.Exists(Part) && new FileInfo(Part).Length == 40_000, TimeSpan.FromMinutes(2)));
            stop.Cancel();
            Assert.IsAssignableFrom<OperationCanceledException>(
                Assert.Throws<AggregateException>(() => fetch.Wait(TimeSpan.FromMinutes(2))).InnerException);
        }
        using var good = new FileServer(a => FileServer.Proper(a, Bytes));
        Assert.Equal(40_000, Store.Partly(Source(good, Of("a.bin", Bytes))));
        Assert.True(Fetch(good));
        Assert.Equal((40_000, "\"1\""), (Assert.Single(good.Requests).From, Assert.Single(good.Requests).IfRange));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Fetch_ServerFallsSilent_IsLeftAndTriedAgain()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { PauseAfter = a.Number == 1 ? 40_000 : null });
        Assert.True(
            Store.Fetch(Source(server, Of("a.bin", Bytes)), Options() with { Patience = TimeSpan.FromSeconds(2) }));
        // on a busy machine the patience may end before all of it has come
        Assert.Null(server.Requests.First().From);
        Assert.InRange(server.Requests.ElementAt(1).From ?? 0, 0, 40_000);
    }

    /// <summary>It never falls silent, and would take days.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Fetch_ServerSendsAByteNowAndThen_IsLeft()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { Drip = TimeSpan.FromMilliseconds(50) });
        var options = Options() with { Patience = TimeSpan.FromMilliseconds(300) };
        var error = Assert.Throws<InputException>(() => Store.Fetch(Source(server, Of("a.bin", Bytes)), options));
        Assert.Contains("sent nothing, or hardly anything", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8], _waits);                                          // between five attempts
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/a.bin")]
    [InlineData("gopher://x/")]
    public void Fetch_RedirectToAnotherScheme_IsOneLine(string address)
    {
        using var server = new FileServer(_ => new(302, [], $"Location: {address}"));
        var error = Assert.Throws<InputException>(() => Fetch(server));
        Assert.Contains("give another server", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Here));
    }

    [Theory]
    [InlineData("file:///etc/")]
    [InlineData("ftp://127.0.0.1/")]
    public void Fetch_FromAnotherScheme_IsOneLine(string address)
    {
        var source = new DataSource("set", "1", "free", address, Of("a.bin", Bytes));
        Assert.Contains(
            "is not the address of a server",
            Assert.Throws<InputException>(() => Store.Fetch(source, Options())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_NobodyListens_SaysSo()
    {
        var nowhere = new DataSource("set", "1", "free", "http://127.0.0.1:1/", Of("a.bin", Bytes));
        Assert.Contains(
            "127.0.0.1:1/a.bin: the connection broke (",
            Assert.Throws<InputException>(() => Store.Fetch(nowhere, Options())).Message, StringComparison.Ordinal);
        Assert.Equal(4, _waits.Count);
    }

    /// <summary>Whatever servers do: in the end there is the right file, or none.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Fetch_AnyServer_GivesTheRightFileOrNone() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 100_000], Gen.Bool, (kind, cut, length) => (kind, cut, length)).Array[0, 6]
            .Sample(answers =>
        {
            using var folder = new TemporaryFolder();
            var other = Noise(Bytes.Length, 9);
            using var server = new FileServer(a =>
            {
                var (kind, cut, length) = a.Number <= answers.Length ? answers[a.Number - 1] : (6, Bytes.Length, true);
                var answer = kind switch
                {
                    0 => FileServer.Proper(a, other, "\"other\""),
                    1 => new Answer(200, Bytes),
                    2 => new Answer(500, []),
                    3 => new Answer(416, []),
                    4 => new Answer(
                        206, Bytes[..(cut / 2)], $"Content-Range: bytes 0-{Math.Max(0, cut / 2 - 1)}/{Bytes.Length}"),
                    _ => FileServer.Proper(a, Bytes),
                };
                return answer with { CutAfter = cut, TellsLength = length };
            });
            var store = new DataStore(folder.Path);
            var source = Source(server, Of("a.bin", Bytes));
            for (var start = 0; start < 8; start++)
            {
                try { store.Fetch(source, Options()); }
                catch (InputException) { Assert.False(Directory.Exists(folder["set"])); }
                if (store.Holds(source)) break;
            }
            Assert.Equal(Bytes, File.ReadAllBytes(folder["set/a.bin"]));
        }, iter: 100, threads: 1);
}

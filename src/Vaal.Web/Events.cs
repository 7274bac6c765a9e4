using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Vaal.Web;

/// <summary>Tells every open page that something has changed.</summary>
internal sealed class Events
{
    private const int Behind = 16;
    private readonly ConcurrentDictionary<Channel<string>, int> _readers = [];
    private volatile bool _closed;

    public void Tell(string what)
    {
        foreach (var reader in _readers.Keys) reader.Writer.TryWrite(what);
    }

    /// <summary>Sends every reader away, and those who still come.</summary>
    public void Close()
    {
        _closed = true;
        Tell("gone");
        foreach (var reader in _readers.Keys) reader.Writer.TryComplete();
    }

    /// <summary>"hello", and what is told from then on, until the reader leaves. A reader who is slow misses the
    /// oldest.</summary>
    public async IAsyncEnumerable<string> Read([EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<string>(
            new BoundedChannelOptions(Behind) { FullMode = BoundedChannelFullMode.DropOldest });
        _readers[channel] = 0;
        if (_closed) channel.Writer.TryComplete();
        try
        {
            yield return "hello";
            await foreach (var what in channel.Reader.ReadAllAsync(cancel)) yield return what;
        }
        finally
        {
            _readers.TryRemove(channel, out _);
        }
    }
}

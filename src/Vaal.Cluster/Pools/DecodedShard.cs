using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Vaal.Data;
using Vaal.Encoders;

namespace Vaal.Cluster.Pools;

/// <summary>
/// Decodes a shard's images in batches. Which images share a batch follows from the entries alone, so that a shard has
/// the same result with any number of threads.
/// </summary>
/// <param name="contents">receives the first half of the SHA-256 of each image's bytes</param>
/// <param name="problems">receives why an image has no pixels</param>
internal sealed class DecodedShard(IReadOnlyList<PoolEntry> entries, EncoderInput input, ImageReader images,
    UInt128[] contents, IDictionary<int, string> problems)
{
    private static readonly long MostPixels = new LoadOptions().MaxPixels;

    /// <param name="use">is given the places of those images of a batch that can be decoded, and their pixels</param>
    public void InBatches(int batch, int threads, Action<int[], byte[]> use, CancellationToken cancel)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        try
        {
            Parallel.For(0, (entries.Count + batch - 1) / batch, options, number =>
            {
                var count = Math.Min(batch, entries.Count - number * batch);
                var (pixels, decoded) = (new byte[count * input.ImageBytes], new List<int>(count));
                for (var i = number * batch; i < number * batch + count; i++)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (Decode(i, pixels.AsSpan(decoded.Count * input.ImageBytes, input.ImageBytes), cancel)
                        is { } problem)
                        lock (problems) problems[i] = problem;
                    else decoded.Add(i);
                }
                if (decoded.Count > 0) use([.. decoded], pixels[..(decoded.Count * input.ImageBytes)]);
            });
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);                     // as one thread would
        }
    }

    private string? Decode(int i, Span<byte> pixels, CancellationToken cancel)
    {
        var (bytes, problem) = images.Read(entries[i], cancel);
        if (bytes is null) return problem;
        contents[i] = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(bytes));
        return input.DecodeBytes(bytes, pixels, MostPixels).Problem;
    }
}

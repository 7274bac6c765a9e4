using System.Runtime.ExceptionServices;
using Vaal.Data;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>Passes a pool through a network, batch by batch, in bounded memory.</summary>
internal static class PoolScorer
{
    private const int Batch = 256, SmallestBatch = 32;

    /// <summary>More pixels in a batch take memory and bring nothing: as many as in 256 images of 64 pixels.</summary>
    private const int Pixels = 1 << 20;

    /// <summary>Of images whose every pixel a task model gives probabilities, times the passes over them, fewer fit
    /// into memory.</summary>
    private const int PixelsWithMasks = 1 << 17;

    /// <summary>Batches in memory at once.</summary>
    private const int MostWorkers = 4;

    /// <summary>One number an image, or <paramref name="columns"/> in a row, in the order of <paramref name="ids"/>.
    /// The caller
    /// puts its networks in eval mode.</summary>
    /// <param name="score">(B, C, H, W) in [-1, 1] → (B), or (B, columns)</param>
    /// <param name="imagesAThread">null, or <paramref name="score"/> can be called by several threads at once. On a CPU
    /// each then has a batch of its own, of so many
    /// images at the most, and a share of libtorch's threads, which wait for each other less than those of one batch
    /// do.</param>
    public static float[] Score(
        ImageSet images, int[] ids, Func<Tensor, Tensor> score, Device device, Action<TrainEvent>? report = null,
        CancellationToken cancel = default, int columns = 1, string phase = "scoring the pool",
            int? imagesAThread = null) =>
        Score(images, ids, (x, _) => score(x), device, report, cancel, columns, phase, imagesAThread);

    /// <summary>The same, where a score depends on more than the image.</summary>
    /// <param name="score">(B, C, H, W) in [-1, 1] and the images' ids → (B), or (B, columns)</param>
    public static float[] Score(
        ImageSet images, int[] ids, Func<Tensor, ReadOnlyMemory<int>, Tensor> score, Device device,
        Action<TrainEvent>? report = null,
        CancellationToken cancel = default, int columns = 1, string phase = "scoring the pool",
            int? imagesAThread = null)
    {
        if ((long)ids.Length * columns > Array.MaxLength)
            throw new InputException(
                $"{ids.Length:N0} images with {columns:N0} numbers each are too many to hold at once; use a smaller " +
                $"pool, or a network with fewer features");
        var scores = new float[ids.Length * columns];
        var pixels = images.Height * images.Width;
        var batch = images.Masks is null || imagesAThread is not null
            ? Math.Clamp(Pixels / pixels, SmallestBatch, imagesAThread ?? Batch)
            : Math.Max(1, PixelsWithMasks / pixels);
        var (next, done, told) = (0, 0, 0);
        ExceptionDispatchInfo? failure = null;

        var threads = get_num_threads();
        var workers = imagesAThread is not null && device.type == TorchSharp.DeviceType.CPU
            ? Math.Clamp((ids.Length + batch - 1) / batch, 1, Math.Min(threads, MostWorkers))
            : 1;
        Thread[] helpers = [.. Enumerable.Range(1, workers - 1).Select(number => new Thread(() => Work(number)))];
        foreach (var helper in helpers) helper.Start();
        Work(0);
        foreach (var helper in helpers) helper.Join();
        // which holds for the thread that says it, and for those that come to libtorch later
        if (workers > 1) set_num_threads(threads);
        failure?.Throw();
        if (told < ids.Length) Tell(ids.Length);
        return scores;

        void Work(int number)
        {
            try
            {
                if (workers > 1)
                {
                    // a new thread takes the number that another set last, once: not after this one's
                    _ = get_num_threads();
                    set_num_threads(threads / workers + (number < threads % workers ? 1 : 0));
                }
                using var inference = inference_mode();
                while (failure is null && Interlocked.Add(ref next, batch) - batch is var start && start < ids.Length)
                {
                    cancel.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    var part = ids.AsMemory(start, Math.Min(batch, ids.Length - start));
                    var x = Augment.Normalise(images.Batch(part.Span).to(device));        // (B, C, H, W)
                    score(x, part).to(ScalarType.Float32).cpu().data<float>().CopyTo(scores.AsSpan(start * columns), 0);
                    var finished = Interlocked.Add(ref done, part.Length);
                    // events arrive on the caller's thread
                    if (number == 0) Tell(finished);
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }

        void Tell(int finished)
        {
            told = finished;
            report?.Invoke(new TrainEvent(phase, finished, ids.Length));
        }
    }
}

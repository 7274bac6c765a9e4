using Vaal.Data;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// One pass over images in memory, batch by batch. Only this class decides how many images a batch has and how many
/// threads share the work. It also brings images to the device, reports progress and stops.
/// </summary>
/// <param name="images">what the ids are positions in</param>
/// <param name="ids">in the order of the pass</param>
/// <param name="device">where the network is; null: the CPU</param>
internal sealed class PoolPass(ImageSet images, int[] ids, Device? device = null)
{
    private const int Most = 256, Fewest = 32, MostSideBySide = 4;

    private readonly int _pixels = images.Height * images.Width;

    /// <summary>Images of a batch, 1 or more.</summary>
    public required int Batch { get; init; }

    /// <summary>Several threads can be given a batch at once. On a CPU each then has a share of libtorch's threads,
    /// which wait for each other less than those of one batch do.</summary>
    public bool SideBySide { get; init; }

    /// <summary>Gradients are not only left out but impossible, which is quicker. Not where buffers of the network are
    /// to change.</summary>
    public bool Inference { get; init; } = true;

    public string Phase { get; init; } = "scoring the pool";

    public Action<TrainEvent>? Report { get; init; }

    public CancellationToken Cancel { get; init; }

    /// <summary>Images of a batch that is scored: as many pixels as 256 images of 64 pixels have; more take memory and
    /// bring nothing. Where every pixel of an image gets probabilities, and passes over it may be many, an eighth of
    /// that.</summary>
    /// <param name="aThread">null, or how many images each of several threads takes at the most</param>
    public static int ForScores(ImageSet images, int? aThread = null)
    {
        var pixels = images.Height * images.Width;
        return LabelForm.Of(images).ByPixel && aThread is null
            ? Math.Max(1, (1 << 17) / pixels)
            : Math.Clamp((1 << 20) / pixels, Fewest, aThread ?? Most);
    }

    /// <summary>Images of a batch that a task model classifies: 256 of 32 pixels, or as many pixels.</summary>
    public static int ForLogits(ImageSet images) => Math.Max(1, Most * 32 * 32 / (images.Height * images.Width));

    /// <summary>Images of a batch whose pixels are classified: one of 512 pixels, or as many pixels.</summary>
    public static int ForMasks(ImageSet images) => Math.Max(1, 512 * 512 / (images.Height * images.Width));

    /// <summary>Images of a batch that goes through the whole VAE.</summary>
    public static int ForVae => Most;

    /// <summary>One number an image, or <paramref name="columns"/> in a row, in the order of <paramref name="ids"/>.
    /// The caller puts its networks in eval mode.</summary>
    /// <param name="score">(B, C, H, W) in [-1, 1] → (B), or (B, columns)</param>
    /// <param name="imagesAThread">null, or <paramref name="score"/> can be called by several threads at once, with so
    /// many images at the most</param>
    public static float[] Score(
        ImageSet images, int[] ids, Func<Tensor, Tensor> score, Device device, Action<TrainEvent>? report = null,
        CancellationToken cancel = default, int columns = 1, string phase = "scoring the pool",
        int? imagesAThread = null) =>
        Score(images, ids, (x, _) => score(x), device, report, cancel, columns, phase, imagesAThread);

    /// <summary>The same, where a score depends on more than the image.</summary>
    /// <param name="score">(B, C, H, W) in [-1, 1] and the images' ids → (B), or (B, columns)</param>
    public static float[] Score(
        ImageSet images, int[] ids, Func<Tensor, ReadOnlyMemory<int>, Tensor> score, Device device,
        Action<TrainEvent>? report = null, CancellationToken cancel = default, int columns = 1,
        string phase = "scoring the pool", int? imagesAThread = null) =>
        new PoolPass(images, ids, device)
        {
            Batch = ForScores(images, imagesAThread),
            SideBySide = imagesAThread is not null,
            Phase = phase,
            Report = report,
            Cancel = cancel,
        }.Rows(score, columns);

    /// <summary><paramref name="columns"/> numbers an image, row after row.</summary>
    public float[] Rows(Func<Tensor, ReadOnlyMemory<int>, Tensor> score, int columns)
    {
        if ((long)ids.Length * columns > Array.MaxLength)
            throw new InputException(
                $"{ids.Length:N0} images with {columns:N0} numbers each are too many to hold at once; use a smaller "
                    + "pool, or a network with fewer features");
        var rows = new float[ids.Length * columns];
        Each((x, some, start) => score(x, some).to(ScalarType.Float32).cpu().data<float>()
            .CopyTo(rows.AsSpan(start * columns), 0));
        return rows;
    }

    /// <summary>Hands over batch after batch, each in a scope of its own.</summary>
    /// <param name="use">is given images (B, C, H, W) in [-1, 1], their ids, and how many images came before</param>
    public void Each(Action<Tensor, ReadOnlyMemory<int>, int> use)
    {
        var (next, done, told) = (0, 0, 0);
        var where = device ?? CPU;
        var most = SideBySide && where.type == TorchSharp.DeviceType.CPU
            ? Math.Min(get_num_threads(), MostSideBySide)
            : 1;
        SharedThreads.Run(Math.Clamp((ids.Length + Batch - 1) / Batch, 1, most), (number, failed) =>
        {
            using var noGrad = Inference ? (IDisposable)inference_mode() : no_grad();
            while (!failed() && Interlocked.Add(ref next, Batch) - Batch is var start && start < ids.Length)
            {
                Cancel.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var some = ids.AsMemory(start, Math.Min(Batch, ids.Length - start));
                use(Augment.Normalise(images.Batch(some.Span).to(where)), some, start);     // (B, C, H, W)
                var finished = Interlocked.Add(ref done, some.Length);
                // events arrive on the caller's thread
                if (number == 0) Tell(finished);
            }
        });
        if (told < ids.Length) Tell(ids.Length);

        void Tell(int finished)
        {
            told = finished;
            Report?.Invoke(new TrainEvent(Phase, finished, ids.Length));
        }
    }
}
